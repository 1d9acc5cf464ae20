package io.reliablemq.test.jdbc;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.idempotency.CallOutcome;
import io.reliablemq.idempotency.Claim;
import io.reliablemq.idempotency.GuardResult;
import io.reliablemq.idempotency.GuardedCall;
import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.idempotency.TransactionalGuard;
import io.reliablemq.idempotency.jdbc.JdbcIdempotencyStore;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.Tables;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Several messages in one transaction, on one database; a subclass says which. The
 * database is the judge.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class JdbcBatchGuardContract {

    HikariDataSource dataSource;

    JdbcTemplate jdbc;

    DataSourceTransactionManager transactions;

    TransactionalGuard guard;

    private JdbcIdempotencyStore store;

    private String group;

    abstract HikariDataSource open();

    TransactionalGuard underTest(TransactionalGuard plain) {
        return plain;
    }

    @BeforeAll
    void createTables() {
        this.dataSource = open();
        JdbcDatabase database = JdbcDatabase.detect(this.dataSource, Tables.defaults());
        new JdbcSchema(database).create();
        this.jdbc = new JdbcTemplate(this.dataSource);
        this.jdbc.execute("CREATE TABLE batch_effect (k INT)");
        this.jdbc.execute("CREATE TABLE batch_account (id INT PRIMARY KEY, amount INT)");
        this.transactions = new DataSourceTransactionManager(this.dataSource);
        this.store = new JdbcIdempotencyStore(database, this.dataSource, Duration.ofSeconds(5), Clock.systemUTC());
        this.guard = underTest(new TransactionalGuard(this.store, this.transactions, new DefaultTransactionDefinition(),
                Duration.ofDays(7), Clock.systemUTC()));
    }

    @BeforeEach
    void clear() {
        this.jdbc.update("DELETE FROM batch_effect");
        this.jdbc.update("DELETE FROM batch_account");
        this.group = "GID_" + UUID.randomUUID();
    }

    @AfterAll
    void close() {
        this.store.close();
        this.dataSource.close();
    }

    @Test
    void commitsNewMessagesTogether() {
        List<Object> transactions = new ArrayList<>();
        assertThat(run(range(10), (number) -> {
            transactions.add(TransactionSynchronizationManager.getResource(this.dataSource));
            return effect(number);
        })).allMatch(JdbcBatchGuardContract::isProcessed);
        assertThat(transactions).hasSize(10);
        assertThat(transactions.stream().distinct()).hasSize(1);
        assertEffects(range(10));
        assertThat(run(range(12), this::effect).stream().filter(JdbcBatchGuardContract::isProcessed)).hasSize(2);
        assertEffects(range(12));
    }

    @Test
    void letsAPoisonMessageInTheMiddleCostOnlyItself() {
        IOException poison = new IOException("poison");
        List<CallOutcome<Integer>> outcomes = run(range(5), (number) -> {
            effect(number);
            if (number == 2) {
                throw poison;
            }
            return number;
        });
        assertThat(outcomes.get(2)).isEqualTo(new CallOutcome.Failed<>(poison));
        assertThat(List.of(0, 1, 3, 4)).allMatch((i) -> isProcessed(outcomes.get(i)));
        assertEffects(List.of(0, 1, 3, 4));
        assertThat(run(List.of(2), this::effect)).allMatch(JdbcBatchGuardContract::isProcessed);
    }

    @Test
    void letsAMessageThatFailsAtTheCommitCostOnlyItself() {
        List<CallOutcome<Integer>> outcomes = run(range(5), (number) -> {
            if (number == 3) {
                TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

                    @Override
                    public void beforeCommit(boolean readOnly) {
                        throw new IllegalStateException("at the commit");
                    }

                });
            }
            return effect(number);
        });
        assertThat(outcomes.get(3)).isInstanceOf(CallOutcome.Failed.class);
        assertEffects(List.of(0, 1, 2, 4));
    }

    @Test
    void letsAMessageThatMarksItsTransactionCostOnlyItself() {
        List<CallOutcome<Integer>> outcomes = run(range(3), (number) -> {
            if (number == 1) {
                new TransactionTemplate(this.transactions).executeWithoutResult((status) -> status.setRollbackOnly());
            }
            return effect(number);
        });
        assertThat(outcomes.get(1)).isInstanceOf(CallOutcome.Failed.class);
        assertEffects(List.of(0, 2));
    }

    @Test
    void runsAnIdThatComesTwiceOnce() {
        List<CallOutcome<Integer>> outcomes = run(List.of(1, 2, 1, 3, 1), this::effect);
        assertThat(outcomes.stream().map(JdbcBatchGuardContract::isProcessed)).containsExactly(true, true, false, true,
                false);
        assertThat(outcomes.get(2)).isEqualTo(new CallOutcome.Decided<>(new GuardResult.Duplicate<>()));
        assertEffects(List.of(1, 2, 3));
    }

    @Test
    void keepsWhatIsInProgressElsewhereFromTheOthers() {
        this.store.claim(key(1), Duration.ofMinutes(5));
        List<CallOutcome<Integer>> outcomes = run(range(3), this::effect);
        assertThat(outcomes.get(1)).isInstanceOfSatisfying(CallOutcome.Decided.class,
                (decided) -> assertThat(decided.result()).isInstanceOf(GuardResult.InProgress.class));
        assertEffects(List.of(0, 2));
    }

    @Test
    void runsNothingIfTheStoreCannotBeAsked() {
        this.jdbc.execute("ALTER TABLE reliable_mq_inbox RENAME TO inbox_away");
        try {
            List<CallOutcome<Integer>> outcomes = run(range(3), (number) -> {
                throw new AssertionError("must not run");
            });
            assertThat(outcomes).allSatisfy((outcome) -> assertThat(((CallOutcome.Failed<?>) outcome).failure())
                .isInstanceOf(IdempotencyStoreException.class));
        }
        finally {
            this.jdbc.execute("ALTER TABLE inbox_away RENAME TO reliable_mq_inbox");
        }
    }

    @Test
    void commitsWithoutThoseThatAnActionFindsToFail() {
        IOException poison = new IOException("poison");
        List<Integer> sizes = new ArrayList<>();
        List<CallOutcome<Integer>> outcomes = this.guard.executeAll(calls(range(5), this::effect), (calls) -> {
            sizes.add(calls.size());
            return calls.stream().<CallOutcome<Integer>>map((call) -> {
                int number = call(call);
                return (number == 2) ? new CallOutcome.Failed<Integer>(poison)
                        : new CallOutcome.Decided<>(new GuardResult.Processed<>(number));
            }).toList();
        });
        assertThat(outcomes.get(2)).isEqualTo(new CallOutcome.Failed<>(poison));
        assertThat(sizes).containsExactly(5, 4);
        assertEffects(List.of(0, 1, 3, 4));
        assertThat(run(List.of(2), this::effect)).allMatch(JdbcBatchGuardContract::isProcessed);
    }

    @Test
    void runsEachAloneWhereAnActionFailsAsAWhole() {
        List<CallOutcome<Integer>> outcomes = this.guard.executeAll(calls(range(4), (number) -> {
            effect(number);
            if (number == 1) {
                throw new IOException("poison");
            }
            return number;
        }), (calls) -> {
            calls.forEach(JdbcBatchGuardContract::call);
            throw new IllegalStateException("all");
        });
        assertThat(outcomes.stream().map(JdbcBatchGuardContract::isProcessed)).containsExactly(true, false, true, true);
        assertEffects(List.of(0, 2, 3));
    }

    @Test
    void stopsInOrderAtTheFirstThatFails() {
        List<CallOutcome<Integer>> outcomes = this.guard.executeInOrder(calls(range(5), (number) -> {
            effect(number);
            if (number == 2) {
                throw new IOException("poison");
            }
            return number;
        }));
        assertThat(outcomes.stream().map(JdbcBatchGuardContract::isProcessed)).containsExactly(true, true, false);
        assertEffects(List.of(0, 1));
        assertThat(this.guard.executeInOrder(calls(range(5), this::effect))).hasSize(5);
        assertEffects(range(5));
    }

    @Test
    void callsBackAfterTheCommitOnlyForWhatWasCommitted() {
        List<Integer> calledBack = new ArrayList<>();
        run(range(4), (number) -> {
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

                @Override
                public void afterCommit() {
                    calledBack.add(number);
                }

            });
            if (number == 3) {
                throw new IOException("poison");
            }
            return effect(number);
        });
        assertThat(calledBack).containsExactly(0, 1, 2);
    }

    /** The effects of the messages before are gone then, and theirs must come again. */
    @Test
    void losesNothingWhereAListenerHidesThatTheTransactionIsGone() {
        AtomicBoolean done = new AtomicBoolean();
        List<CallOutcome<Integer>> outcomes = run(range(5), (number) -> {
            effect(number);
            if (number == 2 && done.compareAndSet(false, true)) {
                endTransaction();
            }
            return number;
        });
        assertThat(outcomes).allMatch(JdbcBatchGuardContract::isProcessed);
        assertEffects(range(5));
        assertThat(run(range(5), this::effect)).noneMatch(JdbcBatchGuardContract::isProcessed);
    }

    /** As the database does it by itself, after a deadlock for example. */
    private void endTransaction() {
        this.jdbc.execute((Connection connection) -> {
            if (connection.getMetaData().getDatabaseProductName().equals("PostgreSQL")) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("SELECT 1 / 0");
                }
                catch (SQLException ex) {
                    // Hidden: the transaction takes no statement any more.
                }
                return null;
            }
            connection.rollback();
            return null;
        });
    }

    /** Two instances whose batches lock the same accounts in opposite orders. */
    @Test
    void losesNothingToDeadlocks() throws Exception {
        int accounts = 8;
        range(accounts).forEach((id) -> this.jdbc.update("INSERT INTO batch_account VALUES (?, 0)", id));
        int batches = 15;
        inParallel(2, (thread) -> {
            for (int batch = 0; batch < batches; batch++) {
                int first = (thread * batches + batch) * accounts;
                List<Integer> open = new ArrayList<>(IntStream.range(first, first + accounts).boxed().toList());
                while (!open.isEmpty()) {
                    List<Integer> now = List.copyOf(open);
                    List<CallOutcome<Integer>> outcomes = run(now, (number) -> {
                        int account = (thread == 0) ? number % accounts : accounts - 1 - number % accounts;
                        this.jdbc.update("UPDATE batch_account SET amount = amount + 1 WHERE id = ?", account);
                        return effect(number);
                    });
                    // A victim comes again, as the broker would have it.
                    open.removeIf((number) -> outcomes.get(now.indexOf(number)) instanceof CallOutcome.Decided);
                }
            }
        });
        assertEffects(range(2 * batches * accounts));
        assertThat(this.jdbc.queryForList("SELECT DISTINCT amount FROM batch_account", Integer.class))
            .containsExactly(2 * batches);
    }

    /** Two instances that claim the same messages in opposite orders. */
    @Test
    void waitsForNobodyInACircle() throws Exception {
        int messages = 200;
        for (int round = 0; round < 10; round++) {
            int first = round * messages;
            List<RecordKey> keys = new ArrayList<>(range(messages).stream().map((i) -> key(first + i)).toList());
            List<RecordKey> reversed = new ArrayList<>(keys);
            Collections.reverse(reversed);
            CyclicBarrier together = new CyclicBarrier(2);
            AtomicInteger acquired = new AtomicInteger();
            inParallel(2, (thread) -> new TransactionTemplate(this.transactions).executeWithoutResult((status) -> {
                await(together);
                List<Claim> claims = this.store.claimAllInTransaction((thread == 0) ? keys : reversed);
                assertThat(claims).as("a deadlock's victim knows of none")
                    .doesNotHaveAnyElementsOfTypes(Claim.Held.class);
                acquired.addAndGet((int) claims.stream().filter(Claim.Acquired.class::isInstance).count());
            }));
            assertThat(acquired).as("claimed by one of the two").hasValue(messages);
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(1, TimeUnit.MINUTES);
        }
        catch (Exception ex) {
            throw new IllegalStateException(ex);
        }
    }

    private static void inParallel(int threads, IntConsumer work) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                int number = thread;
                all.add(executor.submit(() -> work.accept(number)));
            }
            for (Future<?> each : all) {
                each.get(3, TimeUnit.MINUTES);
            }
        }
        finally {
            executor.shutdownNow();
        }
    }

    List<CallOutcome<Integer>> run(List<Integer> numbers, Action action) {
        return this.guard.executeAll(calls(numbers, action));
    }

    List<GuardedCall<Integer>> calls(List<Integer> numbers, Action action) {
        return numbers.stream().map((number) -> {
            Callable<Integer> call = () -> action.run(number);
            return new GuardedCall<>(key(number), 1, call);
        }).toList();
    }

    private static int call(GuardedCall<Integer> call) {
        try {
            return call.action().call();
        }
        catch (Exception ex) {
            return -1;
        }
    }

    private RecordKey key(int number) {
        return RecordKey.ofMessageId(this.group, number);
    }

    int effect(int number) {
        this.jdbc.update("INSERT INTO batch_effect VALUES (?)", number);
        return number;
    }

    void assertEffects(List<Integer> numbers) {
        assertThat(this.jdbc.queryForList("SELECT k FROM batch_effect", Integer.class))
            .containsExactlyInAnyOrderElementsOf(numbers);
    }

    static List<Integer> range(int end) {
        return IntStream.range(0, end).boxed().toList();
    }

    static boolean isProcessed(CallOutcome<?> outcome) {
        return outcome instanceof CallOutcome.Decided<?> decided && decided.result() instanceof GuardResult.Processed;
    }

    /** What a listener does with a message. */
    @FunctionalInterface
    interface Action {

        int run(int number) throws Exception;

    }

}
