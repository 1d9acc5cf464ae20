package io.reliablemq.test.jdbc;

import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.idempotency.CallOutcome;
import io.reliablemq.idempotency.GuardResult;
import io.reliablemq.idempotency.GuardedCall;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.idempotency.TransactionalGuard;
import io.reliablemq.idempotency.jdbc.JdbcIdempotencyStore;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.test.servers.PostgresServer;
import io.reliablemq.test.servers.TcpProxy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A transaction of many messages whose connection is cut. What has not been processed
 * comes again, as the broker would have it.
 */
@Timeout(120)
class CutBatchIT {

    private static final List<Integer> ALL = IntStream.range(0, 32).boxed().toList();

    private final List<Integer> ran = new ArrayList<>();

    private HikariDataSource direct;

    private TcpProxy proxy;

    private HikariDataSource dataSource;

    private JdbcTemplate jdbc;

    private JdbcIdempotencyStore store;

    private TransactionalGuard guard;

    @BeforeEach
    void connect() throws Exception {
        this.direct = PostgresServer.shared().dataSource();
        String url = this.direct.getJdbcUrl();
        int port = Integer.parseInt(url.replaceFirst(".*:(\\d+)/.*", "$1"));
        this.proxy = TcpProxy.start("127.0.0.1", port);
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url.replace(":" + port + "/", ":" + this.proxy.port() + "/"));
        config.setUsername(this.direct.getUsername());
        config.setConnectionTimeout(2000);
        config.setMinimumIdle(0);
        this.dataSource = new HikariDataSource(config);
        this.jdbc = new JdbcTemplate(this.dataSource);
        JdbcDatabase database = JdbcDatabase.detect(this.dataSource, Tables.defaults());
        new JdbcSchema(database).create();
        this.jdbc.execute("CREATE TABLE batch_effect (k INT)");
        this.store = new JdbcIdempotencyStore(database, this.dataSource, Duration.ofSeconds(5), Clock.systemUTC());
        this.guard = new TransactionalGuard(this.store, new DataSourceTransactionManager(this.dataSource),
                new DefaultTransactionDefinition(), Duration.ofDays(7), Clock.systemUTC());
        try (Connection connection = this.dataSource.getConnection()) {
            assertThat(connection.isValid(5)).isTrue();
        }
    }

    @AfterEach
    void close() {
        this.store.close();
        this.dataSource.close();
        this.proxy.close();
        this.direct.close();
    }

    @Test
    void losesAndDoublesNothingInTheMiddle() {
        List<CallOutcome<Integer>> outcomes = run((number) -> {
            if (number == 16) {
                this.proxy.cut();
            }
            return effect(number);
        });
        assertThat(outcomes).hasSize(ALL.size()).hasOnlyElementsOfType(CallOutcome.Failed.class);
        assertThat(this.ran).as("none ran again without a connection").hasSize(17);
        assertThat(effects()).isEmpty();

        this.proxy.restore();
        assertThat(run(this::effect)).allMatch((outcome) -> isDecided(outcome, GuardResult.Processed.class));
        assertThat(effects()).containsExactlyElementsOf(ALL);
    }

    @Test
    void goesOnOneByOneWhereTheConnectionComesBackAtOnce() {
        List<CallOutcome<Integer>> outcomes = run((number) -> {
            if (this.ran.size() == 16) {
                this.proxy.cut();
                this.proxy.restore();
            }
            return effect(number);
        });
        assertThat(outcomes).allMatch((outcome) -> isDecided(outcome, GuardResult.Processed.class));
        assertThat(this.ran).as("those before the cut twice").hasSize(17 + ALL.size());
        assertThat(effects()).containsExactlyElementsOf(ALL);
    }

    @Test
    void findsAllDoneWhereTheAnswerToTheCommitWasLost() {
        CompletableFuture<Void> cut = CompletableFuture.runAsync(() -> {
            await().atMost(1, TimeUnit.MINUTES).until(() -> this.proxy.swallowedBytes() > 0);
            this.proxy.cut();
            this.proxy.swallowResponses(false);
            this.proxy.restore();
        });
        List<CallOutcome<Integer>> outcomes = run((number) -> {
            if (number == 31) {
                loseTheAnswerToTheCommit();
            }
            return effect(number);
        });
        cut.join();
        assertThat(effects()).as("committed").containsExactlyElementsOf(ALL);
        // The pool may still have been without a connection.
        assertThat(outcomes).noneMatch((outcome) -> isDecided(outcome, GuardResult.Processed.class));
        assertThat(run(this::effect)).allMatch((outcome) -> isDecided(outcome, GuardResult.Duplicate.class));
        assertThat(this.ran).hasSize(ALL.size());
        assertThat(effects()).containsExactlyElementsOf(ALL);
    }

    private void loseTheAnswerToTheCommit() {
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

            @Override
            public void beforeCompletion() {
                CutBatchIT.this.proxy.swallowResponses(true);
            }

        });
    }

    private List<CallOutcome<Integer>> run(Action action) {
        return this.guard.executeAll(ALL.stream().map((number) -> {
            Callable<Integer> call = () -> action.run(number);
            return new GuardedCall<>(RecordKey.ofMessageId("GID", number), 1, call);
        }).toList());
    }

    private int effect(int number) {
        this.ran.add(number);
        this.jdbc.update("INSERT INTO batch_effect VALUES (?)", number);
        return number;
    }

    private List<Integer> effects() {
        return new JdbcTemplate(this.direct).queryForList("SELECT k FROM batch_effect ORDER BY k", Integer.class);
    }

    private static boolean isDecided(CallOutcome<?> outcome, Class<?> result) {
        return outcome instanceof CallOutcome.Decided<?> decided && result.isInstance(decided.result());
    }

    /** What a listener does with a message. */
    @FunctionalInterface
    private interface Action {

        int run(int number) throws Exception;

    }

}
