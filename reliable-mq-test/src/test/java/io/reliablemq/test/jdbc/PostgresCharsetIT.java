package io.reliablemq.test.jdbc;

import java.time.Clock;
import java.time.Duration;
import java.util.List;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.idempotency.CallOutcome;
import io.reliablemq.idempotency.GuardedCall;
import io.reliablemq.idempotency.InvalidRecordKeyException;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.idempotency.TransactionalGuard;
import io.reliablemq.idempotency.jdbc.JdbcIdempotencyStore;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.retry.jdbc.JdbcAttemptStore;
import io.reliablemq.test.servers.PostgresServer;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.DefaultTransactionDefinition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A database whose character set lacks characters of a key: asked again, it would answer
 * the same.
 */
class PostgresCharsetIT {

    private static final RecordKey FOREIGN = RecordKey.ofBusinessKey("g", "\u6ce8\u6587", null);

    @Test
    void saysThatAKeyCannotBeARecord() throws Exception {
        try (HikariDataSource dataSource = PostgresServer.shared().latin1DataSource()) {
            JdbcDatabase database = JdbcDatabase.detect(dataSource, Tables.defaults());
            new JdbcSchema(database).create();
            try (JdbcIdempotencyStore store = new JdbcIdempotencyStore(database, dataSource, Duration.ofSeconds(5),
                    Clock.systemUTC())) {
                TransactionalGuard guard = new TransactionalGuard(store, new JdbcTransactionManager(dataSource),
                        new DefaultTransactionDefinition(), Duration.ofDays(7), Clock.systemUTC());

                assertThatExceptionOfType(InvalidRecordKeyException.class)
                    .isThrownBy(() -> store.claim(FOREIGN, Duration.ofMinutes(1)));
                assertThatExceptionOfType(InvalidRecordKeyException.class)
                    .isThrownBy(() -> guard.execute(FOREIGN, 1, () -> true));
                assertThat(new JdbcAttemptStore(database).find(FOREIGN)).isEmpty();
                List<CallOutcome<Boolean>> outcomes = guard
                    .executeAll(List.of(call(FOREIGN), call(key("a")), call(key("b"))));
                assertThat(outcomes).hasSize(3);
                assertThat(outcomes.get(0)).isInstanceOfSatisfying(CallOutcome.Failed.class,
                        (failed) -> assertThat(failed.failure()).isInstanceOf(InvalidRecordKeyException.class));
                assertThat(outcomes.subList(1, 3)).allMatch(CallOutcome::isDone);
            }
        }
    }

    private static RecordKey key(String text) {
        return RecordKey.ofBusinessKey("g", text, null);
    }

    private static GuardedCall<Boolean> call(RecordKey key) {
        return new GuardedCall<>(key, 1, () -> true);
    }

}
