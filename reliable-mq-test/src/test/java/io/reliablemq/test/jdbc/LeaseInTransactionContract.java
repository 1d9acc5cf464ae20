package io.reliablemq.test.jdbc;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.idempotency.CallOutcome;
import io.reliablemq.idempotency.ClaimAttempt;
import io.reliablemq.idempotency.GuardResult;
import io.reliablemq.idempotency.GuardedCall;
import io.reliablemq.idempotency.IdempotencyStore;
import io.reliablemq.idempotency.LeaseGuard;
import io.reliablemq.idempotency.LeaseKeeper;
import io.reliablemq.idempotency.OpenClaim;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.test.servers.H2Database;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * LEASE inside a transaction of the caller's: never done before its effect. A subclass
 * says where the records are.
 */
abstract class LeaseInTransactionContract {

    private static final Duration LEASE = Duration.ofMinutes(1);

    private final HikariDataSource dataSource = H2Database.open(";LOCK_TIMEOUT=20000");

    final JdbcTemplate jdbc = new JdbcTemplate(this.dataSource);

    private final DataSourceTransactionManager transactions = new DataSourceTransactionManager(this.dataSource);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private RecordKey key;

    private LeaseKeeper keeper;

    private LeaseGuard guard;

    /** In the same database, another one, or none. */
    abstract IdempotencyStore store(HikariDataSource effects);

    boolean deferred() {
        return false;
    }

    @BeforeEach
    void open() {
        this.jdbc.execute("CREATE TABLE effect (k VARCHAR(20))");
        IdempotencyStore store = store(this.dataSource);
        this.keeper = new LeaseKeeper(store, this.meters, deferred());
        this.guard = new LeaseGuard(store, this.keeper, LEASE, Duration.ofDays(7), Clock.systemUTC());
        this.key = RecordKey.ofBusinessKey("GID_" + UUID.randomUUID(), "o-7", null);
    }

    @AfterEach
    void close() {
        this.keeper.close();
        this.dataSource.close();
    }

    /** How the guard is called. */
    enum Way {

        EXECUTE, BATCH, IN_ORDER, TOGETHER, OPEN

    }

    @ParameterizedTest
    @EnumSource
    void isDoneAfterTheCommit(Way way) {
        required().executeWithoutResult((status) -> {
            assertThat(run(way)).isInstanceOf(GuardResult.Processed.class);
            assertThat(elsewhere()).as("until the commit").isInstanceOf(GuardResult.InProgress.class);
            assertThat(run(way)).as("in the same transaction").isInstanceOf(GuardResult.Duplicate.class);
        });
        awaitDone();
        assertThat(effects()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void isFreeAfterTheRollback(Way way) {
        required().executeWithoutResult((status) -> {
            assertThat(run(way)).isInstanceOf(GuardResult.Processed.class);
            status.setRollbackOnly();
        });
        assertThat(effects()).isZero();
        required().executeWithoutResult((status) -> assertThat(run(way)).isInstanceOf(GuardResult.Processed.class));
        awaitDone();
        assertThat(effects()).isOne();
        assertThat(this.meters.get("reliable.mq.lease.lost").counter().count()).isZero();
    }

    /** A part of the transaction, which goes on. */
    @ParameterizedTest
    @EnumSource
    void isDoneAgainAfterTheRollbackToASavepoint(Way way) {
        required().executeWithoutResult((outer) -> {
            nested().executeWithoutResult((inner) -> {
                assertThat(run(way)).isInstanceOf(GuardResult.Processed.class);
                inner.setRollbackOnly();
            });
            assertThat(elsewhere()).isInstanceOf(GuardResult.InProgress.class);
            nested().executeWithoutResult((inner) -> assertThat(run(way)).isInstanceOf(GuardResult.Processed.class));
            assertThat(run(way)).isInstanceOf(GuardResult.Duplicate.class);
        });
        awaitDone();
        assertThat(effects()).isOne();
    }

    @Test
    void isFreeAfterTheCommitIfItWasTakenBackToASavepoint() {
        required().executeWithoutResult((outer) -> {
            call(() -> this.guard.execute(other(), 1, this::effect));
            Object savepoint = outer.createSavepoint();
            run(Way.EXECUTE);
            outer.rollbackToSavepoint(savepoint);
        });
        assertThat(effects()).isOne();
        assertThat(run(Way.EXECUTE)).isInstanceOf(GuardResult.Processed.class);
        assertThat(call(() -> this.guard.execute(other(), 1, this::effect))).as("before the savepoint")
            .isNotInstanceOf(GuardResult.Processed.class);
    }

    /** The inner one is committed, whatever becomes of the outer one. */
    @Test
    void belongsToTheInnermostTransaction() {
        required().executeWithoutResult((outer) -> {
            new TransactionTemplate(this.transactions,
                    new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_REQUIRES_NEW))
                .executeWithoutResult((inner) -> run(Way.EXECUTE));
            awaitDone();
            outer.setRollbackOnly();
        });
        assertThat(effects()).isOne();
    }

    /** The effect has happened or has not: the claim runs out. */
    @Test
    void isNeitherDoneNorFreeIfNobodyKnowsOfTheCommit() {
        TransactionTemplate failing = new TransactionTemplate(new DataSourceTransactionManager(this.dataSource) {

            @Override
            protected void doCommit(DefaultTransactionStatus status) {
                throw new TransactionSystemException("The answer is lost");
            }

        });
        assertThatExceptionOfType(TransactionSystemException.class)
            .isThrownBy(() -> failing.executeWithoutResult((status) -> run(Way.EXECUTE)));
        assertThat(run(Way.EXECUTE)).isInstanceOf(GuardResult.InProgress.class);
    }

    @Test
    void isFreeAtOnceIfTheActionFails() {
        required().executeWithoutResult((status) -> {
            assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> this.guard.execute(this.key, 1, () -> {
                    throw new IllegalStateException("no");
                }));
            assertThat(run(Way.EXECUTE)).isInstanceOf(GuardResult.Processed.class);
        });
        awaitDone();
    }

    private TransactionTemplate required() {
        return new TransactionTemplate(this.transactions);
    }

    private TransactionTemplate nested() {
        return new TransactionTemplate(this.transactions,
                new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_NESTED));
    }

    private RecordKey other() {
        return RecordKey.ofBusinessKey(this.key.group(), "o-8", null);
    }

    private int effect() {
        return this.jdbc.update("INSERT INTO effect VALUES ('o-7')");
    }

    private int effects() {
        return this.jdbc.queryForObject("SELECT COUNT(*) FROM effect", Integer.class);
    }

    private GuardResult<Integer> run(Way way) {
        GuardedCall<Integer> call = new GuardedCall<>(this.key, 1, this::effect);
        GuardedCall<Integer> neighbour = new GuardedCall<>(RecordKey.ofBusinessKey(this.key.group(), "n", null), 1,
                () -> 0);
        return call(() -> switch (way) {
            case EXECUTE -> this.guard.execute(this.key, 1, this::effect);
            case BATCH -> decided(this.guard.executeAll(List.of(neighbour, call)).get(1));
            case IN_ORDER -> decided(this.guard.executeInOrder(List.of(call, neighbour)).get(0));
            case TOGETHER -> decided(this.guard.executeAll(List.of(neighbour, call), (some) -> {
                throw new IllegalStateException("one by one");
            }).get(1));
            case OPEN -> open(this.guard.open(this.key));
        });
    }

    private GuardResult<Integer> open(ClaimAttempt attempt) throws Exception {
        if (attempt instanceof OpenClaim open) {
            int value = open.call(1, this::effect);
            open.complete();
            return new GuardResult.Processed<>(value);
        }
        return (attempt instanceof ClaimAttempt.InProgress other) ? new GuardResult.InProgress<>(other.until())
                : new GuardResult.Duplicate<>();
    }

    private static GuardResult<Integer> decided(CallOutcome<Integer> outcome) {
        return ((CallOutcome.Decided<Integer>) outcome).result();
    }

    private GuardResult<Integer> elsewhere() {
        return call(
                () -> CompletableFuture.supplyAsync(() -> call(() -> this.guard.<Integer>execute(this.key, 1, () -> {
                    throw new AssertionError("It is free");
                }))).get(1, TimeUnit.MINUTES));
    }

    private void awaitDone() {
        Awaitility.await().until(() -> elsewhere() instanceof GuardResult.Duplicate);
    }

    private static <T> T call(Callable<T> action) {
        try {
            return action.call();
        }
        catch (RuntimeException ex) {
            throw ex;
        }
        catch (Exception ex) {
            throw new IllegalStateException(ex);
        }
    }

}
