package io.reliablemq.test.servers;

import java.util.UUID;

import com.zaxxer.hikari.HikariDataSource;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * Databases for MySQL's driver: those of MariaDB, unless the system property
 * {@code reliable-mq.test.mysql.url} names a real MySQL whose user {@code root} needs no
 * password.
 */
public final class MySqlServer {

    private static final String URL = System.getProperty("reliable-mq.test.mysql.url", "");

    private static final String USER = "root";

    private MySqlServer() {
    }

    /**
     * Says which server it is.
     * @return {@code true} for MySQL, {@code false} for MariaDB
     */
    public static boolean isReal() {
        return !URL.isEmpty();
    }

    /**
     * Creates a database whose default character set is latin1.
     * @return a pool on it with MySQL's driver, for the caller to close
     */
    public static HikariDataSource dataSource() {
        if (!isReal()) {
            return MariaDbServer.shared().dataSourceOfMySqlDriver();
        }
        String name = "t" + UUID.randomUUID().toString().replace("-", "");
        new JdbcTemplate(new DriverManagerDataSource(URL, USER, ""))
            .execute("CREATE DATABASE " + name + " CHARACTER SET latin1 COLLATE latin1_swedish_ci");
        return Pools.open(URL.replaceFirst("(//[^/]+/)[^?]*", "$1" + name), USER);
    }

}
