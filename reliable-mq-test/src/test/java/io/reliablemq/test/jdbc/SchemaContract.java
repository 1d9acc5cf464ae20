package io.reliablemq.test.jdbc;

import java.sql.Connection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.Table;
import io.reliablemq.jdbc.Tables;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What the schema does on one database; a subclass says which. Each test has a database
 * of its own.
 */
abstract class SchemaContract {

    private HikariDataSource dataSource;

    private JdbcDatabase database;

    private JdbcSchema schema;

    abstract HikariDataSource open();

    @BeforeEach
    void connect() {
        this.dataSource = open();
        this.database = JdbcDatabase.detect(this.dataSource, Tables.defaults());
        this.schema = new JdbcSchema(this.database);
    }

    @AfterEach
    void disconnect() {
        this.dataSource.close();
    }

    HikariDataSource dataSource() {
        return this.dataSource;
    }

    @Test
    void createsAllTablesOnce() {
        assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(this.schema::validate)
            .withMessageContaining("table reliable_mq_inbox")
            .withMessageContaining("table reliable_mq_reconcile_run")
            .withMessageContaining("classpath:io/reliablemq/jdbc/schema-");
        this.schema.create();
        this.schema.validate();
        new JdbcTemplate(this.dataSource).update("INSERT INTO reliable_mq_worker VALUES (1, 'me', 2)");
        this.schema.create();
        // The script as a migration tool would run it again.
        this.schema.statements().forEach(new JdbcTemplate(this.dataSource)::execute);
        assertThat(new JdbcTemplate(this.dataSource).queryForObject("SELECT COUNT(*) FROM reliable_mq_worker",
                Integer.class))
            .isEqualTo(1);
    }

    @Test
    void isCreatedBySeveralInstancesAtOnce() throws Exception {
        int instances = 4;
        CyclicBarrier start = new CyclicBarrier(instances);
        ExecutorService executor = Executors.newFixedThreadPool(instances);
        try {
            Callable<Boolean> instance = () -> {
                JdbcSchema own = new JdbcSchema(this.database);
                start.await();
                own.create();
                own.validate();
                return true;
            };
            for (Future<Boolean> future : executor
                .invokeAll(Stream.generate(() -> instance).limit(instances).toList())) {
                assertThat(future.get()).isTrue();
            }
        }
        finally {
            executor.shutdownNow();
        }
    }

    @Test
    void namesAMissingTableAndAMissingColumn() {
        this.schema.create();
        JdbcTemplate jdbc = new JdbcTemplate(this.dataSource);
        jdbc.execute("ALTER TABLE reliable_mq_outbox DROP COLUMN uncertain");
        jdbc.execute("DROP TABLE reliable_mq_attempt");
        assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(this.schema::validate)
            .satisfies((ex) -> {
                assertThat(ex.getDescription())
                    .contains("table reliable_mq_attempt, column reliable_mq_outbox.uncertain");
                assertThat(ex.getAction()).contains("initialize-schema");
            });
        this.schema.create();
        assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(this.schema::validate)
            .satisfies((ex) -> assertThat(ex.getDescription()).endsWith(": column reliable_mq_outbox.uncertain."));
    }

    @Test
    void usesThePrefixForTablesAndIndexes() {
        JdbcSchema other = new JdbcSchema(
                new JdbcDatabase(this.dataSource, this.database.dialect(), new Tables("My_")));
        other.create();
        other.validate();
        this.schema.create();
        new JdbcTemplate(this.dataSource).execute("DROP TABLE My_inbox");
        this.schema.validate();
        assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(other::validate)
            .withMessageContaining("table My_inbox")
            .withMessageContaining("with 'My_' in place of 'reliable_mq_'");
    }

    @Test
    void putsTheTablesIntoAnotherSchema() throws Exception {
        String name = "messaging" + Math.abs(System.nanoTime());
        JdbcTemplate jdbc = new JdbcTemplate(this.dataSource);
        jdbc.execute("CREATE SCHEMA " + name);
        JdbcSchema other = new JdbcSchema(
                new JdbcDatabase(this.dataSource, this.database.dialect(), new Tables(name + ".reliable_mq_")));
        other.create();
        other.create();
        other.validate();
        assertThatCode(() -> jdbc.queryForList("SELECT * FROM " + name + ".reliable_mq_inbox"))
            .doesNotThrowAnyException();
        assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(this.schema::validate);
    }

    @Test
    void tellsTheTimeWhateverTheTimeZoneOfTheSession() throws Exception {
        for (String zone : zones()) {
            try (Connection connection = this.dataSource.getConnection();
                    var statement = connection.createStatement()) {
                statement.execute(zone);
                long before = System.currentTimeMillis();
                try (var row = statement.executeQuery("SELECT " + this.database.dialect().now())) {
                    row.next();
                    assertThat(row.getLong(1)).as(zone).isBetween(before - 2000, System.currentTimeMillis() + 2000);
                }
            }
        }
    }

    abstract List<String> zones();

    @Test
    void holdsEveryColumnOfTheCheckAndNoOther() {
        this.schema.create();
        for (Table table : Table.values()) {
            String name = this.database.name(table);
            List<String> columns = new JdbcTemplate(this.dataSource).query("SELECT * FROM " + name + " WHERE 1 = 0",
                    (rows) -> {
                        List<String> names = new java.util.ArrayList<>();
                        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                            names.add(rows.getMetaData().getColumnName(i).toLowerCase(java.util.Locale.ROOT));
                        }
                        return names;
                    });
            assertThat(columns).as(name).containsExactlyElementsOf(table.columns());
        }
    }

}
