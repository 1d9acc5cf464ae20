package io.reliablemq.test.servers;

import java.util.concurrent.atomic.AtomicInteger;

import com.zaxxer.hikari.HikariDataSource;

/**
 * H2 in memory, one database per call.
 */
public final class H2Database {

    private static final AtomicInteger DATABASES = new AtomicInteger();

    private H2Database() {
    }

    /**
     * Creates a database that lives as long as the pool.
     * @param settings what to append to the URL, as in {@code ;MODE=MySQL}
     * @return a pool on it, for the caller to close
     */
    public static HikariDataSource open(String settings) {
        String name = "t" + DATABASES.incrementAndGet();
        HikariDataSource pool = Pools.open("jdbc:h2:mem:" + name + ";DB_CLOSE_DELAY=-1" + settings, "sa");
        return pool;
    }

}
