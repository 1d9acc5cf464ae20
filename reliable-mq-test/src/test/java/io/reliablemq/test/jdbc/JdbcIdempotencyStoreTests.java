package io.reliablemq.test.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.idempotency.Claim;
import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.Lease;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.idempotency.jdbc.JdbcIdempotencyStore;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.Tables;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What is special about the JDBC store, on a pool that is small and not in auto-commit
 * mode.
 */
class JdbcIdempotencyStoreTests {

    private static final Duration LEASE = Duration.ofMinutes(1);

    private static final RecordKey KEY = RecordKey.ofBusinessKey("GID", "o-7", 42L);

    private final String url = "jdbc:h2:mem:store" + System.nanoTime() + ";DB_CLOSE_DELAY=-1";

    private HikariDataSource pool;

    private JdbcIdempotencyStore store;

    @BeforeEach
    void openAPoolOfTwo() {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(this.url);
        config.setAutoCommit(false);
        config.setMaximumPoolSize(2);
        config.setConnectionTimeout(500);
        this.pool = new HikariDataSource(config);
        new JdbcSchema(database(this.pool)).create();
        this.store = store(database(this.pool), Clock.systemUTC());
    }

    @AfterEach
    void close() {
        this.store.close();
        this.pool.close();
    }

    private static JdbcDatabase database(DataSource dataSource) {
        return JdbcDatabase.detect(dataSource, Tables.defaults());
    }

    private JdbcIdempotencyStore store(JdbcDatabase database, Clock clock) {
        return new JdbcIdempotencyStore(database, new DriverManagerDataSource(this.url), Duration.ofSeconds(5), clock);
    }

    private JdbcTemplate plain() {
        return new JdbcTemplate(new DriverManagerDataSource(this.url));
    }

    private static long acquired(Claim claim) {
        assertThat(claim).isInstanceOf(Claim.Acquired.class);
        return ((Claim.Acquired) claim).token();
    }

    @Test
    void commitsOnAPoolThatIsNotInAutoCommitMode() throws SQLException {
        long token = acquired(this.store.claim(KEY, LEASE));
        assertThat(
                plain().queryForObject("SELECT status FROM reliable_mq_inbox WHERE identity = 'k:o-7'", String.class))
            .isEqualTo("PROCESSING");
        assertThat(this.store.complete(KEY, token, LEASE)).isTrue();
        assertThat(plain().queryForMap("SELECT status, message_id FROM reliable_mq_inbox"))
            .containsEntry("STATUS", "DONE")
            .containsEntry("MESSAGE_ID", 42L);
        try (Connection connection = this.pool.getConnection()) {
            assertThat(connection.getAutoCommit()).isFalse();
        }
    }

    @Test
    void renewsWhileListenersHoldAllConnections() throws SQLException {
        Lease lease = new Lease(KEY, acquired(this.store.claim(KEY, LEASE)));
        List<Connection> held = new ArrayList<>(List.of(this.pool.getConnection(), this.pool.getConnection()));
        assertThat(this.store.renew(List.of(lease), LEASE)).isEmpty();
        assertThatExceptionOfType(IdempotencyStoreException.class).isThrownBy(() -> this.store.claim(KEY, LEASE));
        for (Connection connection : held) {
            connection.close();
        }
    }

    @Test
    void takesAnUnknownStatusForAnError() {
        this.store.claim(KEY, LEASE);
        plain().update("UPDATE reliable_mq_inbox SET status = 'FUTURE', lease_until = 0");
        assertThatExceptionOfType(IdempotencyStoreException.class).isThrownBy(() -> this.store.claim(KEY, LEASE))
            .withMessageContaining("'FUTURE'");
        assertThatExceptionOfType(IdempotencyStoreException.class)
            .isThrownBy(() -> new TransactionTemplate(new DataSourceTransactionManager(this.pool))
                .execute((status) -> this.store.claimInTransaction(KEY)));
    }

    @Test
    void takesAMissingTableForAnError() {
        plain().execute("DROP TABLE reliable_mq_inbox");
        assertThatExceptionOfType(IdempotencyStoreException.class).isThrownBy(() -> this.store.claim(KEY, LEASE));
        assertThatExceptionOfType(IdempotencyStoreException.class).isThrownBy(() -> this.store.complete(KEY, 1, LEASE));
        assertThatExceptionOfType(IdempotencyStoreException.class)
            .isThrownBy(() -> this.store.renew(List.of(new Lease(KEY, 1)), LEASE));
        assertThatExceptionOfType(IdempotencyStoreException.class).isThrownBy(() -> this.store.purge("GID", LEASE, 1));
    }

    @Test
    void joinsATransactionThroughAProxyThatIsAwareOfIt() {
        DataSource proxy = new TransactionAwareDataSourceProxy(this.pool);
        JdbcIdempotencyStore proxied = store(database(proxy), Clock.systemUTC());
        new TransactionTemplate(new DataSourceTransactionManager(proxy)).executeWithoutResult((status) -> {
            acquired(proxied.claimInTransaction(KEY));
            assertThat(acquired(proxied.claim(RecordKey.ofMessageId("GID", 1), LEASE))).isPositive();
            status.setRollbackOnly();
        });
        assertThat(plain().queryForList("SELECT identity FROM reliable_mq_inbox", String.class))
            .containsExactly("0000000000000001");
    }

    @Test
    void refusesTheTransactionOfAnotherDataSource() {
        DataSource other = new DriverManagerDataSource("jdbc:h2:mem:other");
        assertThatIllegalStateException()
            .isThrownBy(() -> new TransactionTemplate(new DataSourceTransactionManager(other))
                .execute((status) -> this.store.claimInTransaction(KEY)));
        assertThat(plain().queryForList("SELECT identity FROM reliable_mq_inbox")).isEmpty();
    }

    @Test
    void givesOutGrowingTokensToANodeWhoseClockIsBehind() {
        Clock behind = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
        long token = acquired(this.store.claim(KEY, LEASE));
        this.store.release(KEY, token);
        assertThat(acquired(store(database(this.pool), behind).claim(KEY, LEASE))).isGreaterThan(token);
        assertThat(acquired(store(database(this.pool), behind).claim(RecordKey.ofMessageId("GID", 1), LEASE)))
            .isPositive();
    }

    @Test
    void remembersWhichMessageHadTheEffectAndWhichWasSkipped() {
        RecordKey crashed = RecordKey.ofBusinessKey("GID", "o-7", 41L);
        this.store.release(crashed, acquired(this.store.claim(crashed, LEASE)));
        this.store.complete(KEY, acquired(this.store.claim(KEY, LEASE)), LEASE);
        this.store.recordAlias(RecordKey.ofMessageId("GID", 41), crashed, LEASE);
        assertThat(plain()
            .queryForList("SELECT message_id, status, duplicate_of FROM reliable_mq_inbox ORDER BY message_id"))
            .extracting((row) -> row.get("MESSAGE_ID") + " " + row.get("STATUS") + " " + row.get("DUPLICATE_OF"))
            .containsExactly("41 ALIAS k:o-7", "42 DONE null");
    }

}
