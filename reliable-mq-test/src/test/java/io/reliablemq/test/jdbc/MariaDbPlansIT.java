package io.reliablemq.test.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.test.servers.MariaDbServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the relay asks MariaDB for while a topic that is left alone has most of the rows.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MariaDbPlansIT {

    private static final String PENDING = " FROM reliable_mq_outbox WHERE status = 'PENDING'";

    private static final String NOW = Dialect.MARIADB.statementTime();

    private final HikariDataSource dataSource = MariaDbServer.shared().dataSource();

    @BeforeAll
    void fill() throws SQLException {
        new JdbcSchema(JdbcDatabase.detect(this.dataSource, Tables.defaults())).create();
        fill(0, 20_000, "CONCAT('k', seq)", "'paused'", "'PENDING'");
        fill(20_000, 20_000, "NULL", "'paused'", "'PENDING'");
        fill(40_000, 1000, "CONCAT('k', seq MOD 10)", "CONCAT('topic-', seq MOD 20)", "'PENDING'");
        fill(41_000, 1000, "NULL", "CONCAT('topic-', seq MOD 20)", "'PENDING'");
        fill(42_000, 20_000, "NULL", "CONCAT('topic-', seq MOD 20)", "'SENT'");
        try (Connection connection = this.dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("ANALYZE TABLE reliable_mq_outbox");
        }
    }

    private void fill(int from, int rows, String key, String topic, String status) throws SQLException {
        try (Connection connection = this.dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO reliable_mq_outbox (row_id, message_id, cluster, topic, ordering_key,"
                    + " key_sequence, ordered, payload, status, due_at, created_at, sent_at) SELECT seq + " + from
                    + ", seq + " + from + ", 'default', " + topic + ", " + key + ", seq, " + key + " IS NOT NULL, 'x', "
                    + status + ", seq, " + NOW + " - seq * 60000, " + NOW + " - seq * 60000 FROM seq_1_to_" + rows);
        }
    }

    @AfterAll
    void close() {
        this.dataSource.close();
    }

    @Test
    void goesFromTopicToTopicByTheIndex() throws SQLException {
        for (String ordered : new String[] { "0", "1" }) {
            assertPlan(
                    "SELECT topic" + PENDING + " AND ordered = " + ordered
                            + " AND cluster = ? AND topic > ? ORDER BY status, ordered, cluster, topic LIMIT 1",
                    "outbox_due", "default", "paused");
        }
    }

    @Test
    void findsTheRowsOfATopicThatAreDueByTheIndex() throws SQLException {
        for (String ordered : new String[] { "0", "1" }) {
            assertPlan(
                    "SELECT row_id, OCTET_LENGTH(payload)" + PENDING + " AND ordered = " + ordered
                            + " AND cluster = ? AND topic = ? AND due_at <= " + NOW
                            + " ORDER BY status, ordered, cluster, topic, due_at LIMIT 100 FOR UPDATE SKIP LOCKED",
                    "outbox_due", "default", "topic-7");
        }
    }

    @Test
    void findsTheRowsOfAKeyByTheIndex() throws SQLException {
        String key = " WHERE cluster = ? AND topic = ? AND ordering_key = CAST(? AS BINARY) AND status = 'PENDING'";
        assertPlan("SELECT row_id, OCTET_LENGTH(payload), due_at FROM reliable_mq_outbox" + key
                + " ORDER BY key_sequence LIMIT 100 FOR UPDATE", "outbox_ordered", "default", "topic-7", "k7");
        assertThat(plan("UPDATE reliable_mq_outbox SET due_at = " + NOW + " + 1" + key + " AND due_at <= " + NOW,
                "default", "topic-7", "k7"))
            .contains("outbox_ordered");
    }

    @Test
    void findsWhatIsToBePurgedByTheIndex() throws SQLException {
        assertPlan("SELECT row_id, created_at FROM reliable_mq_outbox WHERE status IN ('SENT', 'DISCARDED') AND"
                + " created_at < " + NOW + " - 1209000000 AND GREATEST(CASE WHEN status = 'SENT' THEN"
                + " COALESCE(sent_at, 0) ELSE due_at END, COALESCE(deliver_at, 0), COALESCE(last_resent_at, 0)) < "
                + NOW + " - 1209000000 ORDER BY created_at LIMIT 1000 FOR UPDATE SKIP LOCKED", "outbox_created");
    }

    private void assertPlan(String sql, String index, String... values) throws SQLException {
        assertThat(plan(sql, values)).as(sql).contains(index).doesNotContain("filesort", "temporary");
    }

    private String plan(String sql, String... values) throws SQLException {
        try (Connection connection = this.dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement("EXPLAIN " + sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setString(i + 1, values[i]);
            }
            StringBuilder plan = new StringBuilder();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    plan.append(row.getString("type"))
                        .append(' ')
                        .append(row.getString("key"))
                        .append(' ')
                        .append(row.getString("rows"))
                        .append(' ')
                        .append(row.getString("Extra"))
                        .append('\n');
                }
            }
            System.out.println(plan);
            return plan.toString();
        }
    }

}
