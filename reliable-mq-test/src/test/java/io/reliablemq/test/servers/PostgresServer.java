package io.reliablemq.test.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.springframework.jdbc.core.JdbcTemplate;

/**
 * A real PostgreSQL, started when it is first asked for and stopped when the JVM ends.
 */
public final class PostgresServer {

    private static final String USER = "postgres";

    // Longer than the usual 10 s, on a machine that is busy.
    private static final Duration START_WAIT = Duration.ofMinutes(4);

    private final AtomicInteger databases = new AtomicInteger();

    private final EmbeddedPostgres server;

    private PostgresServer(boolean durable) {
        String setting = durable ? "on" : "off";
        try {
            this.server = EmbeddedPostgres.builder()
                .setPGStartupWait(START_WAIT)
                .setServerConfig("fsync", setting)
                .setServerConfig("synchronous_commit", setting)
                .setServerConfig("full_page_writes", setting)
                .start();
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    /**
     * The server for most tests: a crash of the machine would lose data.
     * @return the same for all tests of this JVM
     */
    public static PostgresServer shared() {
        return Shared.SERVER;
    }

    /**
     * A server that flushes what it commits.
     * @return the same for all tests of this JVM
     */
    public static PostgresServer durable() {
        return Durable.SERVER;
    }

    /**
     * Creates a database.
     * @return a pool on it, for the caller to close
     */
    public HikariDataSource dataSource() {
        return Pools.open(createDatabase(), USER);
    }

    /**
     * Creates a database.
     * @return its URL; user {@code postgres}, no password
     */
    public String createDatabase() {
        String name = "t" + this.databases.incrementAndGet();
        new JdbcTemplate(this.server.getPostgresDatabase()).execute("CREATE DATABASE " + name);
        return this.server.getJdbcUrl(USER, name);
    }

    /**
     * Creates a database that knows the characters of Western Europe only.
     * @return a pool on it, for the caller to close
     */
    public HikariDataSource latin1DataSource() {
        String name = "t" + this.databases.incrementAndGet();
        new JdbcTemplate(this.server.getPostgresDatabase())
            .execute("CREATE DATABASE " + name + " ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
        return Pools.open(this.server.getJdbcUrl(USER, name), USER);
    }

    /**
     * Its process.
     * @return the postmaster, whose children serve the connections
     */
    public ServerProcess process() {
        String file = new JdbcTemplate(this.server.getPostgresDatabase())
            .queryForObject("SELECT pg_read_file('postmaster.pid')", String.class);
        return new ServerProcess(Long.parseLong(file.lines().findFirst().orElseThrow().trim()));
    }

    private static final class Shared {

        private static final PostgresServer SERVER = new PostgresServer(false);

    }

    private static final class Durable {

        private static final PostgresServer SERVER = new PostgresServer(true);

    }

}
