package io.reliablemq.test.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.test.servers.PostgresServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The plans that PostgreSQL makes for tables without rows, and keeps while they fill.
 */
class PostgresPlansIT {

    private static final String KEY = " WHERE consumer_group = $1 AND identity = $2";

    @ParameterizedTest
    @ValueSource(strings = { "inbox", "attempt" })
    void findsAKeyByItsOwnIndexAlthoughTheTableWasEmpty(String table) throws SQLException {
        String name = "reliable_mq_" + table;
        for (String sql : List.of("SELECT * FROM " + name + KEY, "DELETE FROM " + name + KEY,
                "UPDATE " + name + " SET message_id = 1" + KEY)) {
            assertThat(plan(sql)).contains(name + "_pkey").doesNotContain("_idx").doesNotContain("Seq Scan");
        }
    }

    @Test
    void completesByTheKeysIndexAlthoughTheTableWasEmpty() throws SQLException {
        assertThat(plan("UPDATE reliable_mq_inbox SET status = 'DONE'" + KEY
                + " AND token = $3 AND status = 'PROCESSING' AND lease_until > 0"))
            .contains("reliable_mq_inbox_pkey")
            .doesNotContain("_idx");
    }

    @Test
    void completesABatchByTheKeysIndexAlthoughTheTableWasEmpty() throws SQLException {
        assertThat(plan("UPDATE reliable_mq_inbox SET status = 'DONE' WHERE consumer_group = $1 AND token = $3"
                + " AND status = 'PROCESSING' AND lease_until > 0 AND identity = ANY (CAST($2 AS VARCHAR[]))"))
            .contains("reliable_mq_inbox_pkey", "identity", "ANY")
            .doesNotContain("_idx")
            .doesNotContain("Seq Scan");
    }

    @Test
    void goesFromTopicToTopicByTheIndexAndNotThroughTheirRows() throws SQLException {
        String waiting = " FROM reliable_mq_outbox WHERE status = 'PENDING' AND ordered = 0 AND cluster = $1";
        assertThat(plan("SELECT topic" + waiting + " AND topic > $2 ORDER BY status, ordered, cluster, topic LIMIT 1"))
            .contains("reliable_mq_outbox_due_idx", "(topic > ")
            .doesNotContain("Sort")
            .doesNotContain("Filter");
        assertThat(plan("SELECT row_id" + waiting + " AND topic = $2 AND due_at <= "
                + Dialect.POSTGRESQL.statementTime() + " ORDER BY status, ordered, cluster, topic, due_at LIMIT 100"))
            .contains("reliable_mq_outbox_due_idx", "due_at <=")
            .doesNotContain("Sort")
            .doesNotContain("Filter");
    }

    @Test
    void findsWhatIsToBePurgedByAnIndex() throws SQLException {
        String group = Dialect.POSTGRESQL.rangeKey("consumer_group");
        assertThat(plan("SELECT 1 FROM reliable_mq_inbox WHERE " + group + " = $1 AND created_at < "
                + Dialect.POSTGRESQL.statementTime() + " - $3 ORDER BY created_at LIMIT 100"))
            .contains("reliable_mq_inbox_created_idx");
    }

    /** Without knowing the values, as a plan that is kept. */
    private static String plan(String sql) throws SQLException {
        try (HikariDataSource database = PostgresServer.shared().dataSource()) {
            new JdbcSchema(JdbcDatabase.detect(database, Tables.defaults())).create();
            try (Connection connection = database.getConnection(); Statement statement = connection.createStatement()) {
                statement.execute("SET plan_cache_mode = force_generic_plan");
                statement.execute("PREPARE kept(varchar, varchar, bigint) AS " + sql);
                try (ResultSet row = statement.executeQuery("EXPLAIN EXECUTE kept('g', '{i}', 1)")) {
                    StringBuilder plan = new StringBuilder();
                    while (row.next()) {
                        plan.append(row.getString(1)).append('\n');
                    }
                    System.out.println(plan);
                    return plan.toString();
                }
            }
        }
    }

}
