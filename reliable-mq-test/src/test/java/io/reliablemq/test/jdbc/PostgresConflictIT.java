package io.reliablemq.test.jdbc;

import java.time.Clock;
import java.time.Duration;
import java.util.stream.Stream;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.idempotency.GuardResult;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.idempotency.TransactionalGuard;
import io.reliablemq.idempotency.jdbc.JdbcIdempotencyStore;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.jdbc.TransactionConflicts;
import io.reliablemq.test.servers.PostgresServer;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.DefaultTransactionDefinition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

class PostgresConflictIT {

    /** The server refuses the commit; whichever manager reports it. */
    @Test
    void recognisesAConflictAtTheCommit() throws Exception {
        try (HikariDataSource dataSource = PostgresServer.shared().dataSource()) {
            JdbcDatabase database = JdbcDatabase.detect(dataSource, Tables.defaults());
            new JdbcSchema(database).create();
            JdbcTemplate jdbc = new JdbcTemplate(dataSource);
            jdbc.execute("CREATE TABLE effect (state VARCHAR(5))");
            jdbc.execute("CREATE TABLE allowed (n INT)");
            jdbc.execute("CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN"
                    + " IF NOT EXISTS (SELECT 1 FROM allowed) THEN RAISE EXCEPTION 'refused' USING ERRCODE = NEW.state;"
                    + " END IF; RETURN NULL; END $$ LANGUAGE plpgsql");
            jdbc.execute("CREATE CONSTRAINT TRIGGER refusing AFTER INSERT ON effect DEFERRABLE INITIALLY DEFERRED"
                    + " FOR EACH ROW EXECUTE FUNCTION refuse()");
            try (JdbcIdempotencyStore store = new JdbcIdempotencyStore(database, dataSource, Duration.ofSeconds(5),
                    Clock.systemUTC())) {
                for (DataSourceTransactionManager manager : Stream
                    .of(new DataSourceTransactionManager(dataSource), new JdbcTransactionManager(dataSource))
                    .toList()) {
                    TransactionalGuard guard = new TransactionalGuard(store, manager,
                            new DefaultTransactionDefinition(), Duration.ofDays(7), Clock.systemUTC());
                    assertThat(conflict(guard, jdbc, "40001")).isTrue();
                    assertThat(conflict(guard, jdbc, "40P01")).isTrue();
                    assertThat(conflict(guard, jdbc, "23505")).as("a constraint of the listener's").isFalse();
                }
            }
        }
    }

    private static boolean conflict(TransactionalGuard guard, JdbcTemplate jdbc, String state) throws Exception {
        RecordKey key = RecordKey.ofBusinessKey("g", state + guard.hashCode(), null);
        jdbc.update("DELETE FROM allowed");
        Throwable failure = catchThrowable(() -> guard.execute(key, 1, () -> insert(jdbc, state)));
        assertThat(failure).isNotNull();
        jdbc.update("INSERT INTO allowed VALUES (1)");
        assertThat(guard.execute(key, 2, () -> insert(jdbc, state))).isInstanceOf(GuardResult.Processed.class);
        return TransactionConflicts.isConflict(failure);
    }

    private static int insert(JdbcTemplate jdbc, String state) {
        return jdbc.update("INSERT INTO effect VALUES (?)", state);
    }

}
