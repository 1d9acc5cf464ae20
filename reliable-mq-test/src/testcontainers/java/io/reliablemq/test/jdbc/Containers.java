package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import org.testcontainers.containers.JdbcDatabaseContainer;
import org.testcontainers.containers.MySQLContainer;
import org.testcontainers.containers.PostgreSQLContainer;

/**
 * Official images, one container of each per JVM.
 */
final class Containers {

    private Containers() {
    }

    static HikariDataSource mySql() {
        return open(MySql.CONTAINER);
    }

    static HikariDataSource postgres() {
        return open(Postgres.CONTAINER);
    }

    private static HikariDataSource open(JdbcDatabaseContainer<?> container) {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl(container.getJdbcUrl());
        pool.setUsername(container.getUsername());
        pool.setPassword(container.getPassword());
        pool.setMaximumPoolSize(12);
        pool.setMinimumIdle(0);
        return pool;
    }

    private static <T extends JdbcDatabaseContainer<?>> T started(T container) {
        container.start();
        return container;
    }

    private static final class MySql {

        // A default character set that the tables must not depend on.
        private static final MySQLContainer<?> CONTAINER = started(new MySQLContainer<>("mysql:8.4")
            .withCommand("--character-set-server=latin1", "--collation-server=latin1_swedish_ci"));

    }

    private static final class Postgres {

        private static final PostgreSQLContainer<?> CONTAINER = started(new PostgreSQLContainer<>("postgres:17"));

    }

}
