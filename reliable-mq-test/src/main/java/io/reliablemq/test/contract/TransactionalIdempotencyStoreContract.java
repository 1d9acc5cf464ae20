package io.reliablemq.test.contract;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.Collections;
import java.util.ArrayList;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

import javax.sql.DataSource;

import io.reliablemq.idempotency.Claim;
import io.reliablemq.idempotency.GuardResult;
import io.reliablemq.idempotency.IdempotencyStore;
import io.reliablemq.idempotency.Lease;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.idempotency.TransactionalGuard;
import io.reliablemq.idempotency.TransactionalIdempotencyStore;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What every {@link TransactionalIdempotencyStore} on a {@link DataSource} does.
 */
public abstract class TransactionalIdempotencyStoreContract extends IdempotencyStoreContract {

    private static final Duration LOCK_WAIT = Duration.ofSeconds(20);

    private static final Logger logger = LoggerFactory.getLogger(TransactionalIdempotencyStoreContract.class);

    /**
     * For the test class that names the store.
     */
    protected TransactionalIdempotencyStoreContract() {
    }

    /**
     * The database under test, with the store's tables.
     * @return always the same, for at least 10 connections
     */
    protected abstract DataSource dataSource();

    /**
     * Creates a store.
     * @param dataSource {@link #dataSource()}, or a proxy of it
     * @param lockWait how long a duplicate waits for the transaction before it
     * @return the store
     */
    protected abstract TransactionalIdempotencyStore createStore(DataSource dataSource, Duration lockWait);

    @Override
    protected IdempotencyStore store() {
        return transactionalStore();
    }

    /**
     * The store under test.
     * @return the same or another one at each call, on the same records
     */
    protected TransactionalIdempotencyStore transactionalStore() {
        return createStore(dataSource(), LOCK_WAIT);
    }

    private TransactionTemplate transaction() {
        return new TransactionTemplate(new DataSourceTransactionManager(dataSource()));
    }

    private TransactionTemplate transaction(int isolation) {
        TransactionTemplate transaction = transaction();
        transaction.setIsolationLevel(isolation);
        return transaction;
    }

    /** Runs it in a transaction that commits if the answer is Acquired. */
    private Claim inTransaction(Supplier<Claim> work) {
        Claim claim = transaction().execute((status) -> {
            Claim answer = work.get();
            if (!(answer instanceof Claim.Acquired)) {
                status.setRollbackOnly();
            }
            return answer;
        });
        assertThat(claim).isNotNull();
        return claim;
    }

    private String createEffectTable(String columns) {
        String table = "effect_" + UUID.randomUUID().toString().replace("-", "").substring(0, 12);
        new JdbcTemplate(dataSource()).execute("CREATE TABLE " + table + " (" + columns + ")");
        return table;
    }

    /** The record is committed with the listener's own changes. */
    @Test
    protected void keepsTheRecordOfACommittedTransaction() {
        RecordKey key = key("o-7");
        acquired(inTransaction(() -> transactionalStore().claimInTransaction(key)));
        assertThat(inTransaction(() -> transactionalStore().claimInTransaction(key)))
            .isEqualTo(new Claim.AlreadyDone());
        assertThat(store().claim(key, LONG)).isEqualTo(new Claim.AlreadyDone());
    }

    /** The record goes with the listener's own changes. */
    @Test
    protected void dropsTheRecordOfATransactionThatRollsBack() {
        RecordKey key = key("o-7");
        transaction().executeWithoutResult((status) -> {
            acquired(transactionalStore().claimInTransaction(key));
            status.setRollbackOnly();
        });
        acquired(inTransaction(() -> transactionalStore().claimInTransaction(key)));
    }

    /** One transaction can hold several records, as a batch does. */
    @Test
    protected void claimsSeveralRecordsInOneTransaction() {
        acquired(inTransaction(() -> {
            acquired(transactionalStore().claimInTransaction(key("o-1")));
            return transactionalStore().claimInTransaction(key("o-2"));
        }));
        assertThat(store().claim(key("o-1"), LONG)).isEqualTo(new Claim.AlreadyDone());
        assertThat(store().claim(key("o-2"), LONG)).isEqualTo(new Claim.AlreadyDone());
    }

    /** What a batch of new messages costs. */
    @Test
    protected void takesOneStatementForABatchOfNewMessages() {
        CountingDataSource counting = new CountingDataSource(dataSource());
        TransactionalIdempotencyStore store = createStore(counting, LOCK_WAIT);
        List<RecordKey> keys = IntStream.range(0, 32).mapToObj((i) -> key("o-" + i)).toList();
        List<String> executed = new TransactionTemplate(new DataSourceTransactionManager(counting))
            .execute((status) -> {
                List<String> before = counting.executed();
                store.claimAllInTransaction(keys).forEach(IdempotencyStoreContract::acquired);
                return counting.executed().subList(before.size(), counting.executed().size());
            });
        assertThat(executed).hasSize(1);
        List<String> leased = counting.executed();
        List<RecordKey> others = IntStream.range(0, 32).mapToObj((i) -> key("p-" + i)).toList();
        List<Claim> claims = store.claimAll(others, LONG);
        assertThat(counting.executed()).hasSize(leased.size() + 1);
        assertThat(store.completeAll(
                IntStream.range(0, 32).mapToObj((i) -> new Lease(others.get(i), acquired(claims.get(i)))).toList(),
                RETENTION))
            .isEmpty();
        assertThat(counting.executed()).hasSize(leased.size() + 2);
    }

    /** Duplicates in a batch do no harm to the others, nor to the transaction. */
    @Test
    protected void findsTheDuplicatesInABatch() {
        acquired(inTransaction(() -> transactionalStore().claimInTransaction(key("done"))));
        RecordKey released = key("released");
        store().release(released, acquire(released, LONG));
        String table = createEffectTable("id INT PRIMARY KEY");
        transaction().executeWithoutResult((status) -> {
            List<Claim> claims = transactionalStore()
                .claimAllInTransaction(List.of(key("new-2"), key("done"), released, key("new-1")));
            assertThat(claims.get(1)).isEqualTo(new Claim.AlreadyDone());
            List.of(0, 2, 3).forEach((i) -> acquired(claims.get(i)));
            new JdbcTemplate(dataSource()).update("INSERT INTO " + table + " VALUES (1)");
        });
        assertThat(count(table)).isEqualTo(1);
        for (String key : List.of("new-1", "new-2", "done", "released")) {
            assertThat(store().claim(key(key), LONG)).isEqualTo(new Claim.AlreadyDone());
        }
    }

    /** All records of a batch go with the listeners' own changes. */
    @Test
    protected void dropsTheRecordsOfABatchThatRollsBack() {
        List<RecordKey> keys = List.of(key("o-1"), key("o-2"));
        transaction().executeWithoutResult((status) -> {
            transactionalStore().claimAllInTransaction(keys).forEach(IdempotencyStoreContract::acquired);
            status.setRollbackOnly();
        });
        store().claimAll(keys, LONG).forEach(IdempotencyStoreContract::acquired);
        assertThatIllegalStateException().isThrownBy(() -> transactionalStore().claimAllInTransaction(keys));
    }

    /** What was done for some of the records was rolled back to a savepoint. */
    @Test
    protected void removesRecordsFromTheTransactionThatHasClaimedThem() {
        List<RecordKey> keys = List.of(key("o-1"), key("o-2"), key("o-3"));
        transaction().executeWithoutResult((status) -> {
            List<Lease> leases = leases(keys, transactionalStore().claimAllInTransaction(keys));
            assertThat(transactionalStore().releaseInTransaction(leases.subList(1, 2),
                    List.of(leases.get(0), leases.get(2))))
                .isTrue();
            assertThat(transactionalStore().releaseInTransaction(List.of(), List.of())).isTrue();
        });
        List<Claim> claims = store().claimAll(keys, LONG);
        assertThat(List.of(claims.get(0), claims.get(2))).containsOnly(new Claim.AlreadyDone());
        acquired(claims.get(1));
    }

    /** The database may have rolled back by itself; meanwhile others may have come. */
    @Test
    protected void missesRecordsThatTheTransactionDoesNotHave() {
        List<RecordKey> keys = List.of(key("o-1"), key("o-2"));
        transaction().executeWithoutResult((status) -> {
            List<Lease> leases = leases(keys, transactionalStore().claimAllInTransaction(keys));
            Lease lost = new Lease(key("o-3"), leases.get(0).token());
            Lease others = new Lease(keys.get(1), leases.get(1).token() + 1);
            assertThat(transactionalStore().releaseInTransaction(List.of(), List.of(leases.get(0), lost))).isFalse();
            assertThat(transactionalStore().releaseInTransaction(List.of(lost), leases)).isFalse();
            assertThat(transactionalStore().releaseInTransaction(List.of(), List.of(leases.get(0), others))).isFalse();
            assertThat(transactionalStore().releaseInTransaction(List.of(), leases)).isTrue();
        });
    }

    private static List<Lease> leases(List<RecordKey> keys, List<Claim> claims) {
        return IntStream.range(0, keys.size())
            .mapToObj((i) -> new Lease(keys.get(i), acquired(claims.get(i))))
            .toList();
    }

    /** Two instances with the same messages, in any order: each effect happens once. */
    @Test
    protected void hasEachEffectOfOverlappingBatchesOnce() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        logger.info("Seed of the batches: {}", seed);
        int keys = 200;
        String table = createEffectTable("k INT");
        Concurrently.run(4, (thread) -> {
            List<Integer> mine = new ArrayList<>(IntStream.range(0, keys).boxed().toList());
            Collections.shuffle(mine, new Random(seed + thread));
            for (int from = 0; from < keys; from += 20) {
                List<Integer> batch = mine.subList(from, from + 20);
                Polling.until(() -> processBatch(table, batch), Boolean::booleanValue);
            }
            return true;
        });
        JdbcTemplate jdbc = new JdbcTemplate(dataSource());
        assertThat(count(table)).as("seed %s", seed).isEqualTo(keys);
        assertThat(jdbc.queryForObject("SELECT COUNT(DISTINCT k) FROM " + table, Integer.class)).isEqualTo(keys);
    }

    /** Whether nothing was held by others. */
    private boolean processBatch(String table, List<Integer> batch) {
        List<RecordKey> keys = batch.stream().map((number) -> key("k" + number)).toList();
        return Boolean.TRUE.equals(transaction().execute((status) -> {
            List<Claim> claims = transactionalStore().claimAllInTransaction(keys);
            if (claims.stream().anyMatch(Claim.Held.class::isInstance)) {
                status.setRollbackOnly();
                return false;
            }
            for (int i = 0; i < claims.size(); i++) {
                if (claims.get(i) instanceof Claim.Acquired) {
                    new JdbcTemplate(dataSource()).update("INSERT INTO " + table + " VALUES (" + batch.get(i) + ")");
                }
            }
            return true;
        }));
    }

    /** Without a transaction the record could not go with the effect. */
    @Test
    protected void refusesToClaimOutsideATransaction() {
        assertThatIllegalStateException().isThrownBy(() -> transactionalStore().claimInTransaction(key("o-7")));
        acquire(key("o-7"), LONG);
    }

    /** What a new message costs. */
    @Test
    protected void takesExactlyOneStatementForANewMessage() {
        CountingDataSource counting = new CountingDataSource(dataSource());
        TransactionalIdempotencyStore store = createStore(counting, LOCK_WAIT);
        List<String> executed = new TransactionTemplate(new DataSourceTransactionManager(counting))
            .execute((status) -> {
                List<String> before = counting.executed();
                acquired(store.claimInTransaction(key("o-7")));
                return counting.executed().subList(before.size(), counting.executed().size());
            });
        assertThat(executed).hasSize(1);
    }

    /**
     * What a guarded message costs: with the proof before the commit, where it is needed.
     */
    @Test
    protected void takesOneStatementMoreOnlyWhereTheDatabaseRollsBackByItself() throws Exception {
        CountingDataSource counting = new CountingDataSource(dataSource());
        TransactionalIdempotencyStore store = createStore(counting, LOCK_WAIT);
        TransactionalGuard guard = new TransactionalGuard(store, new DataSourceTransactionManager(counting),
                new DefaultTransactionDefinition(), RETENTION, Clock.systemUTC());
        assertThat(guard.execute(key("o-7"), 1, () -> 1)).isInstanceOf(GuardResult.Processed.class);
        assertThat(counting.executed()).hasSize(store.rollsBackByItself() ? 2 : 1);
    }

    /** What a claim and a completion cost. */
    @Test
    protected void takesOneStatementForAClaimAndOneForACompletion() {
        CountingDataSource counting = new CountingDataSource(dataSource());
        TransactionalIdempotencyStore store = createStore(counting, LOCK_WAIT);
        long token = acquired(store.claim(key("o-7"), LONG));
        assertThat(counting.executed()).hasSize(1);
        assertThat(store.complete(key("o-7"), token, RETENTION)).isTrue();
        assertThat(counting.executed()).hasSize(2);
    }

    /** The other methods are seen at once, and stay if the caller rolls back. */
    @Test
    protected void doesNotJoinTheCallersTransactionWithALease() {
        RecordKey key = key("o-7");
        transaction().executeWithoutResult((status) -> {
            long token = acquire(key, LONG);
            assertThat(store().complete(key, token, RETENTION)).isTrue();
            status.setRollbackOnly();
        });
        assertThat(store().claim(key, LONG)).isEqualTo(new Claim.AlreadyDone());
    }

    /** A duplicate does no harm to the transaction it was found in. */
    @Test
    protected void leavesTheTransactionUsableAfterADuplicate() {
        RecordKey key = key("o-7");
        String table = createEffectTable("id INT PRIMARY KEY");
        acquired(inTransaction(() -> transactionalStore().claimInTransaction(key)));
        transaction().executeWithoutResult((status) -> {
            assertThat(transactionalStore().claimInTransaction(key)).isEqualTo(new Claim.AlreadyDone());
            new JdbcTemplate(dataSource()).update("INSERT INTO " + table + " VALUES (1)");
        });
        assertThat(count(table)).isEqualTo(1);
    }

    /** Somebody else's duplicate key is an error like any other. */
    @Test
    protected void takesADuplicateKeyOfTheListenerForAFailure() {
        RecordKey key = key("o-7");
        String table = createEffectTable("id INT PRIMARY KEY");
        JdbcTemplate jdbc = new JdbcTemplate(dataSource());
        jdbc.update("INSERT INTO " + table + " VALUES (1)");
        assertThatExceptionOfType(DuplicateKeyException.class)
            .isThrownBy(() -> transaction().executeWithoutResult((status) -> {
                acquired(transactionalStore().claimInTransaction(key));
                jdbc.update("INSERT INTO " + table + " VALUES (1)");
            }));
        acquired(inTransaction(() -> transactionalStore().claimInTransaction(key)));
    }

    /** A lease that lives is somebody else's; one that has run out can be taken over. */
    @Test
    protected void takesOverALeaseThatHasRunOut() {
        RecordKey key = key("o-7");
        long crashed = acquire(key, SHORT);
        Claim claim = Polling.until(() -> inTransaction(() -> transactionalStore().claimInTransaction(key)),
                (answer) -> !(answer instanceof Claim.Held));
        assertThat(acquired(claim)).isGreaterThan(crashed);
        assertThat(store().complete(key, crashed, RETENTION)).isFalse();
        assertThat(store().claim(key, LONG)).isEqualTo(new Claim.AlreadyDone());
    }

    /** A takeover that rolls back leaves the record as it was. */
    @Test
    protected void givesBackATakeoverThatRollsBack() {
        RecordKey key = key("o-7");
        long released = acquire(key, LONG);
        store().release(key, released);
        transaction().executeWithoutResult((status) -> {
            acquired(transactionalStore().claimInTransaction(key));
            status.setRollbackOnly();
        });
        acquire(key, LONG);
    }

    /** A live lease is reported with what is left of it. */
    @Test
    protected void reportsALiveLeaseAsHeld() {
        RecordKey key = key("o-7");
        acquire(key, LONG);
        assertThat(inTransaction(() -> transactionalStore().claimInTransaction(key)))
            .isInstanceOfSatisfying(Claim.Held.class, (held) -> assertThat(held.remaining()).isPositive());
    }

    /** A concurrent duplicate waits; after the commit it is a duplicate. */
    @Test
    protected void waitsForACommitAndIsThenADuplicate() throws Exception {
        assertThat(whatASecondOneGets(false)).isEqualTo(new Claim.AlreadyDone());
    }

    /** A concurrent duplicate waits; after a rollback it goes ahead. */
    @Test
    protected void waitsForARollbackAndIsThenAcquired() throws Exception {
        acquired(whatASecondOneGets(true));
    }

    private Claim whatASecondOneGets(boolean firstRollsBack) throws Exception {
        RecordKey key = key("o-7");
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            Future<Claim> second = transaction().execute((status) -> {
                acquired(transactionalStore().claimInTransaction(key));
                Future<Claim> waiting = executor
                    .submit(() -> inTransaction(() -> transactionalStore().claimInTransaction(key)));
                assertWaits(waiting);
                if (firstRollsBack) {
                    status.setRollbackOnly();
                }
                return waiting;
            });
            assertThat(second).isNotNull();
            return Concurrently.get(second);
        }
        finally {
            executor.shutdownNow();
        }
    }

    private static void assertWaits(Future<?> future) {
        try {
            assertThat(Concurrently.isStillRunning(future, 500)).as("waits for the first transaction").isTrue();
        }
        catch (Exception ex) {
            throw new AssertionError(ex);
        }
    }

    /**
     * A long transaction does not hold up its duplicates for longer than the lock wait.
     */
    @Test
    protected void givesUpWaitingAfterTheLockWait() throws Exception {
        RecordKey key = key("o-7");
        TransactionalIdempotencyStore impatient = createStore(dataSource(), Duration.ofSeconds(1));
        transaction().executeWithoutResult((status) -> {
            acquired(impatient.claimInTransaction(key));
            try {
                long start = System.nanoTime();
                List<Claim> answers = Concurrently.run(2, (thread) -> (thread == 0)
                        ? inTransaction(() -> impatient.claimInTransaction(key)) : impatient.claim(key, LONG));
                assertThat(answers).containsOnly(new Claim.Held(Duration.ZERO));
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(500),
                        Polling.PATIENCE.dividedBy(3));
            }
            catch (Exception ex) {
                throw new AssertionError(ex);
            }
        });
        assertThat(inTransaction(() -> impatient.claimInTransaction(key))).isEqualTo(new Claim.AlreadyDone());
    }

    /** The bound is on our statement, not on what the listener does afterwards. */
    @Test
    protected void doesNotBoundTheListenersOwnStatements() throws Exception {
        String table = createEffectTable("id INT PRIMARY KEY, amount INT");
        JdbcTemplate jdbc = new JdbcTemplate(dataSource());
        jdbc.update("INSERT INTO " + table + " VALUES (1, 0)");
        TransactionalIdempotencyStore impatient = createStore(dataSource(), Duration.ofSeconds(1));
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            Future<?> listener = transaction().execute((status) -> {
                jdbc.update("UPDATE " + table + " SET amount = 1 WHERE id = 1");
                Future<?> waiting = executor.submit(() -> transaction().executeWithoutResult((inner) -> {
                    acquired(impatient.claimInTransaction(key("o-7")));
                    jdbc.update("UPDATE " + table + " SET amount = amount + 1 WHERE id = 1");
                }));
                try {
                    assertThat(Concurrently.isStillRunning(waiting, 2500)).isTrue();
                }
                catch (Exception ex) {
                    throw new AssertionError(ex);
                }
                return waiting;
            });
            assertThat(listener).isNotNull();
            Concurrently.get(listener);
        }
        finally {
            executor.shutdownNow();
        }
        assertThat(jdbc.queryForObject("SELECT amount FROM " + table, Integer.class)).isEqualTo(2);
    }

    /** A transaction that reads from an old snapshot is not fooled by it. */
    @Test
    protected void seesADuplicateThatItsSnapshotDoesNotShow() {
        String table = createEffectTable("id INT PRIMARY KEY");
        for (int isolation : List.of(TransactionDefinition.ISOLATION_READ_COMMITTED,
                TransactionDefinition.ISOLATION_REPEATABLE_READ, TransactionDefinition.ISOLATION_SERIALIZABLE)) {
            RecordKey done = key("done-" + isolation);
            RecordKey expired = key("expired-" + isolation);
            store().release(expired, acquire(expired, LONG));
            for (RecordKey key : List.of(done, expired)) {
                Claim claim = transaction(isolation).execute((status) -> {
                    new JdbcTemplate(dataSource()).queryForList("SELECT id FROM " + table);
                    store().complete(key, acquire(key, LONG), RETENTION);
                    status.setRollbackOnly();
                    return transactionalStore().claimInTransaction(key);
                });
                assertThat(claim).as("isolation %s, %s", isolation, key)
                    .isIn(new Claim.AlreadyDone(), new Claim.Held(Duration.ZERO));
            }
        }
    }

    /**
     * Threads process, fail and crash at random, with leases in between: each effect
     * happens once.
     */
    @Test
    protected void hasEachEffectOnceWhateverHappens() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        logger.info("Seed of the transactions: {}", seed);
        int keys = 10;
        String table = createEffectTable("k INT");
        Concurrently.run(6, (thread) -> {
            Random random = new Random(seed + thread);
            for (int i = 0; i < 40; i++) {
                process(table, random.nextInt(keys), random.nextInt(10));
            }
            return true;
        });
        JdbcTemplate jdbc = new JdbcTemplate(dataSource());
        for (int i = 0; i < keys; i++) {
            int number = i;
            Polling.until(() -> process(table, number, 9), Claim.AlreadyDone.class::isInstance);
            assertThat(jdbc.queryForObject("SELECT COUNT(*) FROM " + table + " WHERE k = " + number, Integer.class))
                .as("seed %s, record %s", seed, number)
                .isEqualTo(1);
        }
    }

    private Claim process(String table, int number, int what) {
        RecordKey key = key("k" + number);
        if (what == 0) {
            return store().claim(key, Duration.ofMillis(50));
        }
        Claim claim = transaction().execute((status) -> {
            Claim answer = transactionalStore().claimInTransaction(key);
            if (answer instanceof Claim.Acquired && what > 4) {
                new JdbcTemplate(dataSource()).update("INSERT INTO " + table + " VALUES (" + number + ")");
            }
            else {
                status.setRollbackOnly();
            }
            return answer;
        });
        assertThat(claim).isNotNull();
        return claim;
    }

    private int count(String table) {
        Integer count = new JdbcTemplate(dataSource()).queryForObject("SELECT COUNT(*) FROM " + table, Integer.class);
        assertThat(count).isNotNull();
        return count;
    }

}
