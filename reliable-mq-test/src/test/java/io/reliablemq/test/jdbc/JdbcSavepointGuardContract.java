package io.reliablemq.test.jdbc;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import java.util.stream.Stream;

import io.reliablemq.idempotency.CallOutcome;
import io.reliablemq.idempotency.TransactionalGuard;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.TransactionTimedOutException;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Several messages in one transaction, each behind a savepoint. All that holds without
 * savepoints holds too.
 */
abstract class JdbcSavepointGuardContract extends JdbcBatchGuardContract {

    private final Map<Integer, Integer> runs = new TreeMap<>();

    private final List<String> callbacks = new ArrayList<>();

    @Override
    TransactionalGuard underTest(TransactionalGuard plain) {
        return plain.withSavepoints();
    }

    @BeforeEach
    void forget() {
        this.runs.clear();
        this.callbacks.clear();
    }

    @Test
    void runsNoListenerAgainBecauseOfAPoisonMessage() {
        IOException poison = new IOException("poison");
        List<CallOutcome<Integer>> outcomes = run(range(5), (number) -> {
            counted(number);
            if (number == 2) {
                throw poison;
            }
            return number;
        });
        assertThat(outcomes.get(2)).isEqualTo(new CallOutcome.Failed<>(poison));
        assertRuns(5, (number) -> 1);
        assertEffects(List.of(0, 1, 3, 4));
        assertThat(run(range(5), this::counted).stream().filter(JdbcBatchGuardContract::isProcessed)).hasSize(1);
        assertEffects(range(5));
    }

    @Test
    void healsWhatAnErrorOfTheDatabaseHasBroken() {
        List<CallOutcome<Integer>> outcomes = run(range(4), (number) -> {
            counted(number);
            this.jdbc.update("INSERT INTO batch_account VALUES (?, 0)", (number == 2) ? 0 : number);
            return number;
        });
        assertThat(outcomes.get(2)).isInstanceOfSatisfying(CallOutcome.Failed.class,
                (failed) -> assertThat(failed.failure()).isInstanceOf(DuplicateKeyException.class));
        assertRuns(4, (number) -> 1);
        assertEffects(List.of(0, 1, 3));
    }

    @Test
    void takesTheMarkOfAnInnerTransactionBack() {
        List<CallOutcome<Integer>> outcomes = run(range(4), (number) -> {
            new TransactionTemplate(this.transactions).executeWithoutResult((status) -> {
                counted(number);
                if (number == 1) {
                    throw new IllegalStateException("poison");
                }
            });
            return number;
        });
        assertThat(outcomes.stream().map(JdbcBatchGuardContract::isProcessed)).containsExactly(true, false, true, true);
        assertRuns(4, (number) -> 1);
        assertEffects(List.of(0, 2, 3));
    }

    @Test
    void leavesNothingWhereAllFail() {
        List<CallOutcome<Integer>> outcomes = run(range(3), (number) -> {
            counted(number);
            throw new IOException("poison " + number);
        });
        assertThat(outcomes).hasSize(3).allMatch(CallOutcome.Failed.class::isInstance);
        assertRuns(3, (number) -> 1);
        assertEffects(List.of());
        assertThat(run(range(3), this::effect)).allMatch(JdbcBatchGuardContract::isProcessed);
    }

    /** Duplicates let the transaction commit, although nothing is new. */
    @Test
    void leavesNoRecordWhereAllButDuplicatesFail() {
        run(List.of(0, 2), this::effect);
        List<CallOutcome<Integer>> outcomes = run(range(4), (number) -> {
            counted(number);
            throw new IOException("poison " + number);
        });
        assertThat(outcomes.stream().map(CallOutcome::isDone)).containsExactly(true, false, true, false);
        assertThat(this.guard.executeInOrder(calls(range(4), (number) -> {
            throw new IOException("poison " + number);
        }))).hasSize(2);
        assertThat(run(List.of(1, 3), this::effect)).allMatch(JdbcBatchGuardContract::isProcessed);
        assertEffects(range(4));
    }

    @Test
    void callsBackOnlyWhatWasNotTakenBack() {
        run(range(4), (number) -> {
            TransactionSynchronizationManager.registerSynchronization(callback(number));
            counted(number);
            if (number == 1) {
                throw new IOException("poison");
            }
            return number;
        });
        assertRuns(4, (number) -> 1);
        assertThat(this.callbacks).startsWith("1 before completion", "1 after completion 1")
            .doesNotContain("1 before commit", "1 after commit")
            .containsOnlyOnce("0 after commit", "2 after commit", "3 after commit")
            .containsOnlyOnce("0 after completion 0", "1 after completion 1", "2 after completion 0",
                    "3 after completion 0");
    }

    @Test
    void givesBackWhatAFailedMessageHasBound() {
        Object key = new Object();
        List<Boolean> bound = new ArrayList<>();
        run(range(3), (number) -> {
            bound.add(TransactionSynchronizationManager.hasResource(key));
            counted(number);
            if (number == 1) {
                bind(key);
                throw new IOException("poison");
            }
            return number;
        });
        assertThat(bound).containsExactly(false, false, false);
        assertRuns(3, (number) -> 1);
        assertThat(TransactionSynchronizationManager.hasResource(key)).isFalse();
    }

    /** Such as a MyBatis session, which keeps a cache and statements of a batch. */
    @Test
    void runsAllAloneWhereWhatEarlierMessagesHaveBoundMayRememberTheFailed() {
        Object key = new Object();
        List<CallOutcome<Integer>> outcomes = run(range(4), (number) -> {
            counted(number);
            if (!TransactionSynchronizationManager.hasResource(key)) {
                bind(key);
            }
            if (number == 2) {
                throw new IOException("poison");
            }
            return number;
        });
        assertThat(outcomes.get(2)).isInstanceOf(CallOutcome.Failed.class);
        assertRuns(4, (number) -> (number < 3) ? 2 : 1);
        assertEffects(List.of(0, 1, 3));
    }

    @Test
    void runsAgainAloneWhatHadFailedWhereTheTransactionFails() {
        List<CallOutcome<Integer>> outcomes = run(range(5), (number) -> {
            counted(number);
            if (number == 1 && this.runs.get(number) == 1) {
                throw new IOException("only once");
            }
            if (number == 3) {
                TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

                    @Override
                    public void beforeCommit(boolean readOnly) {
                        throw new IllegalStateException("at the commit");
                    }

                });
            }
            return number;
        });
        assertRuns(5, (number) -> 2);
        assertThat(outcomes.stream().map(JdbcBatchGuardContract::isProcessed)).containsExactly(true, true, true, false,
                true);
        assertEffects(List.of(0, 1, 2, 4));
    }

    static Stream<Exception> failuresOfTheTransaction() {
        SQLException deadlock = new SQLException("deadlock", "40001", 1213);
        return Stream.of(deadlock, new IllegalStateException(new RuntimeException(deadlock)),
                new TransactionTimedOutException("too long"));
    }

    @ParameterizedTest
    @MethodSource("failuresOfTheTransaction")
    void runsAllAloneAfterAFailureOfTheTransaction(Exception failure) {
        run(range(4), (number) -> {
            counted(number);
            if (number == 2) {
                throw failure;
            }
            return number;
        });
        assertRuns(4, (number) -> (number < 3) ? 2 : 1);
        assertEffects(List.of(0, 1, 3));
    }

    /** As after a deadlock on MariaDB, MySQL and H2. */
    @ParameterizedTest
    @ValueSource(booleans = { true, false })
    void commitsNothingAfterTheDatabaseHasRolledBackByItself(boolean swallowed) {
        AtomicBoolean done = new AtomicBoolean();
        List<CallOutcome<Integer>> outcomes = run(range(5), (number) -> {
            counted(number);
            if (number == 2 && done.compareAndSet(false, true)) {
                rollBack();
                counted(number);
                if (!swallowed) {
                    throw new IOException("after a rollback");
                }
            }
            return number;
        });
        assertThat(outcomes).allMatch(JdbcBatchGuardContract::isProcessed);
        assertEffects(range(5));
        assertThat(run(range(5), this::effect)).noneMatch(JdbcBatchGuardContract::isProcessed);
        assertEffects(range(5));
    }

    @Test
    void keepsWhatWasDoneBeforeTheFirstThatFailsInOrder() {
        List<CallOutcome<Integer>> outcomes = this.guard.executeInOrder(calls(range(5), (number) -> {
            counted(number);
            if (number == 2) {
                throw new IOException("poison");
            }
            return number;
        }));
        assertThat(outcomes.stream().map(JdbcBatchGuardContract::isProcessed)).containsExactly(true, true, false);
        assertRuns(3, (number) -> 1);
        assertEffects(List.of(0, 1));
        assertThat(this.guard.executeInOrder(calls(List.of(2, 3, 4), this::effect)))
            .allMatch(JdbcBatchGuardContract::isProcessed);
        assertEffects(range(5));
    }

    private int counted(int number) {
        this.runs.merge(number, 1, Integer::sum);
        return effect(number);
    }

    private void assertRuns(int messages, IntFunction<Integer> times) {
        Map<Integer, Integer> expected = new TreeMap<>();
        range(messages).forEach((number) -> expected.put(number, times.apply(number)));
        assertThat(this.runs).isEqualTo(expected);
    }

    private void rollBack() throws SQLException {
        Connection connection = DataSourceUtils.getConnection(this.dataSource);
        try {
            connection.rollback();
        }
        finally {
            DataSourceUtils.releaseConnection(connection, this.dataSource);
        }
    }

    private void bind(Object key) {
        TransactionSynchronizationManager.bindResource(key, "session");
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

            @Override
            public void afterCompletion(int status) {
                TransactionSynchronizationManager.unbindResource(key);
            }

        });
    }

    private TransactionSynchronization callback(int number) {
        return new TransactionSynchronization() {

            @Override
            public void beforeCommit(boolean readOnly) {
                note("before commit");
            }

            @Override
            public void beforeCompletion() {
                note("before completion");
            }

            @Override
            public void afterCommit() {
                note("after commit");
            }

            @Override
            public void afterCompletion(int status) {
                note("after completion " + status);
            }

            private void note(String what) {
                JdbcSavepointGuardContract.this.callbacks.add(number + " " + what);
            }

        };
    }

}
