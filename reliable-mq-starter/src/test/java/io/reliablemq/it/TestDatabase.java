package io.reliablemq.it;

import io.reliablemq.test.servers.MariaDbServer;
import io.reliablemq.test.servers.PostgresServer;
import io.reliablemq.test.servers.TcpProxy;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/**
 * A database of one test's own.
 *
 * @param url its JDBC URL
 * @param user a user without a password
 */
record TestDatabase(String url, String user) {

    static TestDatabase postgres() {
        return new TestDatabase(PostgresServer.shared().createDatabase(), "postgres");
    }

    static TestDatabase mariaDb() {
        return new TestDatabase(MariaDbServer.shared().createDatabase(), "root");
    }

    boolean isPostgres() {
        return this.url.startsWith("jdbc:postgresql:");
    }

    String host() {
        return address()[0];
    }

    int port() {
        return Integer.parseInt(address()[1]);
    }

    /** The same database behind a proxy. */
    TestDatabase through(TcpProxy proxy) {
        return new TestDatabase(
                this.url.replace("//" + host() + ":" + port() + "/", "//127.0.0.1:" + proxy.port() + "/"), this.user);
    }

    private String[] address() {
        return this.url.replaceAll("^jdbc:[a-z]+://([^/]+)/.*$", "$1").split(":");
    }

    /** Over one connection, which this opens at once. */
    JdbcTemplate jdbc() {
        return new JdbcTemplate(new SingleConnectionDataSource(this.url, this.user, "", true));
    }

    /** Over a new connection for each statement. */
    JdbcTemplate threadSafeJdbc() {
        return new JdbcTemplate(new DriverManagerDataSource(this.url, this.user, ""));
    }

}
