package io.reliablemq.test.servers;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

/**
 * Connection pools that hold on to nothing.
 */
final class Pools {

    private static final int SIZE = 12;

    private Pools() {
    }

    static HikariDataSource open(String url, String user) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setUsername(user);
        config.setPassword("");
        config.setMaximumPoolSize(SIZE);
        config.setMinimumIdle(0);
        return new HikariDataSource(config);
    }

}
