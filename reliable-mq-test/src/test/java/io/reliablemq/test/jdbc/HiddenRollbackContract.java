package io.reliablemq.test.jdbc;

import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

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
import io.reliablemq.jdbc.TransactionConflicts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The database rolls a transaction back by itself, and the listener hides it and goes on:
 * whatever the way, the guard and the listener's answer, there is the whole effect once
 * or none. A subclass says which database.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class HiddenRollbackContract {

    private static final List<String> WHOLE = List.of("credit", "debit");

    private HikariDataSource dataSource;

    private JdbcTemplate jdbc;

    private DataSourceTransactionManager transactions;

    private JdbcIdempotencyStore store;

    private TransactionalGuard guard;

    private RecordKey key;

    abstract HikariDataSource open();

    Set<Way> ways() {
        return EnumSet.of(Way.DEADLOCK, Way.ROLLED_BACK_ON_TIMEOUT);
    }

    @BeforeAll
    void createTables() {
        this.dataSource = open();
        JdbcDatabase database = JdbcDatabase.detect(this.dataSource, Tables.defaults());
        new JdbcSchema(database).create();
        this.jdbc = new JdbcTemplate(this.dataSource);
        this.jdbc.execute("CREATE TABLE hidden_booking (side VARCHAR(10))");
        this.jdbc.execute("CREATE TABLE hidden_account (id INT PRIMARY KEY, amount INT)");
        this.jdbc.execute("CREATE TABLE hidden_ballast (n INT)");
        this.transactions = new DataSourceTransactionManager(this.dataSource);
        // All claims in one millisecond: their tokens differ all the same.
        this.store = new JdbcIdempotencyStore(database, this.dataSource, Duration.ofSeconds(5),
                Clock.fixed(Instant.now(), ZoneOffset.UTC));
        this.guard = new TransactionalGuard(this.store, this.transactions, new DefaultTransactionDefinition(),
                Duration.ofDays(7), Clock.systemUTC());
    }

    @BeforeEach
    void clear() {
        this.jdbc.update("DELETE FROM hidden_booking");
        this.jdbc.update("DELETE FROM hidden_account");
        this.jdbc.update("DELETE FROM hidden_ballast");
        this.jdbc.update("INSERT INTO hidden_account VALUES (1, 0), (2, 0)");
        this.key = RecordKey.ofMessageId("GID_" + UUID.randomUUID(), 42);
    }

    @AfterAll
    void close() {
        this.store.close();
        this.dataSource.close();
    }

    Stream<Arguments> hasTheWholeEffectOnceOrNone() {
        return ways().stream()
            .flatMap((way) -> Stream.of(Path.values())
                .flatMap((path) -> Stream.of(Next.values()).map((next) -> Arguments.of(way, path, next))));
    }

    @ParameterizedTest
    @MethodSource
    void hasTheWholeEffectOnceOrNone(Way way, Path path, Next next) throws Exception {
        Conflict conflict = new Conflict(way);
        boolean processed = deliver(path, () -> {
            debit();
            try {
                conflict.provoke();
            }
            catch (DataAccessException ex) {
                if (next == Next.REPEAT_ALL) {
                    debit();
                }
                if (next != Next.SWALLOW) {
                    conflict.repeat();
                }
            }
            credit();
            return 1;
        });
        conflict.rival.join(TimeUnit.MINUTES.toMillis(1));
        assertThat(conflict.seen).as("the conflict").isNotNull().matches(TransactionConflicts::isConflict);
        assertThat(bookings()).isEqualTo(processed ? WHOLE : List.of());
        for (int i = 0; i < 2; i++) {
            deliver(path, () -> {
                debit();
                credit();
                return 1;
            });
            assertThat(bookings()).as("the next delivery").isEqualTo(WHOLE);
        }
    }

    /** The last callback before the commit hides it. */
    @Test
    void looksAfterTheCallbacks() {
        assertThatExceptionOfType(PessimisticLockingFailureException.class)
            .isThrownBy(() -> this.guard.execute(this.key, 1, () -> {
                debit();
                TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

                    @Override
                    public void beforeCommit(boolean readOnly) {
                        rollBackAsTheDatabaseDoes();
                        credit();
                    }

                });
                return 1;
            }));
        assertThat(bookings()).isEmpty();
    }

    /** A copy waits for the row, and gets it when the first one's is gone. */
    @Test
    void doesNotTakeACopysRecordForItsOwn() {
        assertThatExceptionOfType(PessimisticLockingFailureException.class)
            .isThrownBy(() -> this.guard.execute(this.key, 1, () -> {
                debit();
                rollBackAsTheDatabaseDoes();
                inAnotherThread(() -> this.guard.execute(this.key, 1, () -> {
                    debit();
                    credit();
                    return 1;
                }));
                credit();
                return 1;
            }));
        assertThat(bookings()).isEqualTo(WHOLE);
    }

    /** It has undone its record itself, and the caller goes on. */
    @Test
    void asksForNothingThatWasTakenBackToASavepoint() {
        TransactionTemplate nested = new TransactionTemplate(this.transactions,
                new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_NESTED));
        new TransactionTemplate(this.transactions).executeWithoutResult((outer) -> {
            nested.executeWithoutResult((inner) -> {
                call(() -> this.guard.execute(this.key, 1, () -> {
                    debit();
                    return 1;
                }));
                inner.setRollbackOnly();
            });
            credit();
        });
        assertThat(bookings()).containsExactly("credit");
        assertThat(call(() -> this.guard.execute(this.key, 1, () -> 1))).isInstanceOf(GuardResult.Processed.class);
    }

    /** Later than the guard, in the transaction that the caller commits. */
    @Test
    void refusesTheCallersCommitWhereTheCallerHidesIt() {
        assertThatExceptionOfType(PessimisticLockingFailureException.class)
            .isThrownBy(() -> new TransactionTemplate(this.transactions).executeWithoutResult((outer) -> {
                call(() -> this.guard.execute(this.key, 1, () -> {
                    debit();
                    return 1;
                }));
                call(() -> this.guard.execute(RecordKey.ofMessageId(this.key.group(), 43), 1, () -> 1));
                rollBackAsTheDatabaseDoes();
                call(() -> this.guard.execute(RecordKey.ofMessageId(this.key.group(), 44), 1, () -> 1));
                credit();
            }));
        assertThat(bookings()).isEmpty();
    }

    /** Whether it was processed now; another delivery is due if not. */
    private boolean deliver(Path path, Callable<Integer> action) {
        try {
            return switch (path) {
                case SINGLE -> isProcessed(this.guard.execute(this.key, 1, action));
                case IN_THE_CALLERS_TRANSACTION -> isProcessed(new TransactionTemplate(this.transactions)
                    .execute((status) -> call(() -> this.guard.execute(this.key, 1, action))));
                case IN_A_NESTED_ONE -> isProcessed(new TransactionTemplate(this.transactions)
                    .execute((outer) -> new TransactionTemplate(this.transactions,
                            new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_NESTED))
                        .execute((inner) -> call(() -> this.guard.execute(this.key, 1, action)))));
                case BATCH -> batch(this.guard, action);
                case BATCH_WITH_SAVEPOINTS -> batch(this.guard.withSavepoints(), action);
            };
        }
        catch (Exception ex) {
            return false;
        }
    }

    private boolean batch(TransactionalGuard batches, Callable<Integer> action) {
        List<GuardedCall<Integer>> calls = new ArrayList<>();
        for (long neighbour = 1; neighbour < 4; neighbour++) {
            calls.add(new GuardedCall<>(RecordKey.ofMessageId(this.key.group(), neighbour), 1, () -> 0));
        }
        calls.add(2, new GuardedCall<>(this.key, 1, action));
        return batches.executeAll(calls).get(2) instanceof CallOutcome.Decided<Integer> decided
                && isProcessed(decided.result());
    }

    private static boolean isProcessed(GuardResult<?> result) {
        return result instanceof GuardResult.Processed;
    }

    private void debit() {
        this.jdbc.update("INSERT INTO hidden_booking VALUES ('debit')");
    }

    private void credit() {
        this.jdbc.update("INSERT INTO hidden_booking VALUES ('credit')");
    }

    private List<String> bookings() {
        return this.jdbc.queryForList("SELECT side FROM hidden_booking ORDER BY side", String.class);
    }

    private void raise(int account) {
        this.jdbc.update("UPDATE hidden_account SET amount = amount + 1 WHERE id = ?", account);
    }

    private void rollBackAsTheDatabaseDoes() {
        this.jdbc.execute((Connection connection) -> {
            connection.rollback();
            return null;
        });
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

    private static void inAnotherThread(Callable<?> action) throws InterruptedException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread thread = new Thread(() -> {
            try {
                action.call();
            }
            catch (Throwable ex) {
                failure.set(ex);
            }
        });
        thread.start();
        thread.join(TimeUnit.MINUTES.toMillis(1));
        assertThat(failure).hasValue(null);
        assertThat(thread.isAlive()).isFalse();
    }

    /** How the database loses the transaction. */
    enum Way {

        /** A real one, and the listener's transaction is the victim. */
        DEADLOCK,

        /**
         * As with {@code innodb_rollback_on_timeout}, which cannot be set at run time.
         */
        ROLLED_BACK_ON_TIMEOUT,

        /** MariaDB's {@code innodb_snapshot_isolation}. */
        CHANGED_SINCE_IT_WAS_READ

    }

    /** Who runs the guard. */
    enum Path {

        SINGLE, IN_THE_CALLERS_TRANSACTION, IN_A_NESTED_ONE, BATCH, BATCH_WITH_SAVEPOINTS

    }

    /** What the listener does after the conflict, which it does not pass on. */
    enum Next {

        REPEAT_ALL, REPEAT_THE_STATEMENT, SWALLOW

    }

    /** One conflict, at the first delivery only. */
    private final class Conflict {

        private final Way way;

        private volatile Exception seen;

        private final CountDownLatch locked = new CountDownLatch(1);

        private final CountDownLatch go = new CountDownLatch(1);

        private final Thread rival = new Thread(this::lockTheOtherWayRound);

        Conflict(Way way) throws InterruptedException {
            this.way = way;
            if (way == Way.DEADLOCK) {
                this.rival.start();
                assertThat(this.locked.await(1, TimeUnit.MINUTES)).isTrue();
            }
        }

        /** Heavier and older than the other one: not the victim. */
        private void lockTheOtherWayRound() {
            new TransactionTemplate(HiddenRollbackContract.this.transactions).executeWithoutResult((status) -> {
                for (int i = 0; i < 200; i++) {
                    HiddenRollbackContract.this.jdbc.update("INSERT INTO hidden_ballast VALUES (?)", i);
                }
                raise(2);
                this.locked.countDown();
                call(() -> this.go.await(1, TimeUnit.MINUTES));
                raise(1);
            });
        }

        void provoke() throws Exception {
            if (this.seen != null) {
                return;
            }
            try {
                switch (this.way) {
                    case DEADLOCK -> deadlock();
                    case ROLLED_BACK_ON_TIMEOUT -> {
                        rollBackAsTheDatabaseDoes();
                        throw new CannotAcquireLockException("Lock wait timeout exceeded");
                    }
                    case CHANGED_SINCE_IT_WAS_READ -> changed();
                }
            }
            catch (DataAccessException ex) {
                this.seen = ex;
                throw ex;
            }
        }

        void repeat() throws InterruptedException {
            this.rival.join(TimeUnit.MINUTES.toMillis(1));
            raise(2);
        }

        private void deadlock() {
            raise(1);
            this.go.countDown();
            raise(2);
        }

        private void changed() throws Exception {
            JdbcTemplate own = HiddenRollbackContract.this.jdbc;
            own.execute("SET SESSION innodb_snapshot_isolation = ON");
            own.queryForObject("SELECT amount FROM hidden_account WHERE id = 2", Integer.class);
            inAnotherThread(() -> {
                raise(2);
                return null;
            });
            raise(2);
        }

    }

}
