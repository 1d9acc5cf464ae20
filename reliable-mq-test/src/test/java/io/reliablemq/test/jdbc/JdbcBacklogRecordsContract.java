package io.reliablemq.test.jdbc;

import java.time.Duration;
import java.util.List;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.ReliableMQException;
import io.reliablemq.backlog.BacklogRecords.Counts;
import io.reliablemq.backlog.jdbc.JdbcBacklogRecords;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.retry.jdbc.JdbcAttemptStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * {@link JdbcBacklogRecords} on one database; a subclass says which.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class JdbcBacklogRecordsContract {

    private HikariDataSource dataSource;

    private JdbcDatabase database;

    abstract HikariDataSource open();

    @BeforeAll
    void createTables() {
        this.dataSource = open();
        this.database = JdbcDatabase.detect(this.dataSource, Tables.defaults());
        new JdbcSchema(this.database).create();
    }

    @AfterAll
    void close() {
        this.dataSource.close();
    }

    @Test
    void countsPerGroupWhatIsNotDueAndWhatIsParked() {
        JdbcAttemptStore attempts = new JdbcAttemptStore(this.database);
        for (long id = 1; id <= 3; id++) {
            attempts.recordPostponement(RecordKey.ofMessageId("backlog-a", id), Duration.ofHours(1));
        }
        attempts.recordPostponement(RecordKey.ofMessageId("backlog-a", 4), Duration.ZERO);
        attempts.recordPostponement(RecordKey.ofMessageId("Backlog-A", 5), Duration.ofHours(1));
        park(1, "backlog-a", "PARKED");
        park(2, "backlog-a", "PARKED");
        park(3, "backlog-a", "RESOLVED");
        park(4, "backlog-b", "PARKED");

        assertThat(new JdbcBacklogRecords(this.database).count(List.of("backlog-a", "backlog-b", "backlog-c")))
            .containsEntry("backlog-a", new Counts(3L, 2L))
            .containsEntry("backlog-b", new Counts(0L, 1L))
            .containsEntry("backlog-c", new Counts(0L, 0L));
    }

    @Test
    void saysThatItCannotCount() {
        JdbcDatabase without = new JdbcDatabase(this.dataSource, this.database.dialect(), new Tables("nowhere_"));
        assertThatThrownBy(() -> new JdbcBacklogRecords(without).count(List.of("backlog-a")))
            .isInstanceOf(ReliableMQException.class)
            .hasMessageContaining("could not count");
    }

    private void park(long row, String group, String status) {
        new JdbcTemplate(this.dataSource).update(
                "INSERT INTO reliable_mq_dead_letter (row_id, consumer_group, identity, cluster, topic, reason, status,"
                        + " parked_at, updated_at) VALUES (?, ?, ?, 'default', 't', 'ATTEMPTS_EXHAUSTED', ?, 1, 1)",
                row, bytes(group), bytes("i" + row), status);
    }

    /** MySQL and MariaDB keep them as bytes. */
    private Object bytes(String key) {
        return this.database.dialect().isMySqlFamily() ? key.getBytes(java.nio.charset.StandardCharsets.UTF_8) : key;
    }

}
