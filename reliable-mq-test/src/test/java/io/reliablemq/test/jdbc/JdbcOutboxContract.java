package io.reliablemq.test.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.outbox.OrderingKey;
import io.reliablemq.outbox.OutboxEntry;
import io.reliablemq.outbox.OutboxMessage;
import io.reliablemq.outbox.OutboxOutcome;
import io.reliablemq.outbox.OutboxScope;
import io.reliablemq.outbox.OutboxStore;
import io.reliablemq.outbox.OutboxStoreException;
import io.reliablemq.outbox.jdbc.JdbcOutboxStore;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.SendTarget;
import io.reliablemq.producer.StorageStatus;
import io.reliablemq.test.contract.OutboxStoreContract;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * The contract on one database; a subclass says which.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class JdbcOutboxContract extends OutboxStoreContract {

    private final SnowflakeIdGenerator ids = SnowflakeIdGenerator.fixed(7, Clock.systemUTC(), Duration.ofSeconds(1));

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

    @Override
    protected OutboxStore store(String owner, Duration lease) {
        return new JdbcOutboxStore(this.database, PayloadCodec.plain(), this.ids, owner, lease);
    }

    @Override
    protected PlatformTransactionManager transactionManager() {
        return new DataSourceTransactionManager(this.dataSource);
    }

    @Test
    void aRowThatCannotBeDecodedWaitsAlone() {
        AtomicBoolean away = new AtomicBoolean(true);
        OutboxStore store = new JdbcOutboxStore(this.database, new LostKey(away), this.ids, "one",
                Duration.ofMinutes(5));
        String cluster = "undecodable";
        OutboxScope scope = new OutboxScope(Set.of(cluster), Set.of());
        store.add(Stream.of("a", "lost", "b").map((body) -> message(cluster, null, body)).toList());
        store.add(Stream.of("c", "lost", "d").map((body) -> message(cluster, "k", body)).toList());
        OrderingKey key = new OrderingKey(cluster, "orders", "k");

        assertThat(bodies(store.claim(10, scope))).containsExactlyInAnyOrder("a", "b");
        assertThat(bodies(store.claimKey(key, 10, false))).containsExactly("c");
        assertThat(new JdbcTemplate(this.dataSource).queryForList("SELECT last_error FROM reliable_mq_outbox WHERE"
                + " cluster = '" + cluster + "' AND attempts = 1 AND status = 'PENDING' AND owner IS NULL",
                String.class))
            .hasSize(2)
            .allMatch((reason) -> reason.contains("cannot be read") && !reason.contains("secret"));
        away.set(false);
        List<String> later = new ArrayList<>();
        await().untilAsserted(() -> {
            later.addAll(bodies(store.claim(10, scope)));
            assertThat(later).containsExactly("lost");
        });
    }

    /** Drivers and servers quote statements, rows and values. */
    @Test
    void aFailureQuotesNeitherPayloadNorHeaders() {
        OutboxStore store = store("one", Duration.ofSeconds(20));
        PreparedMessage refused = new PreparedMessage(1, "u".repeat(300), "orders", null, List.of("secret"),
                "secret".getBytes(), Map.of("name", "secret"), null, null);
        List<OutboxMessage> messages = List.of(message("discreet", null, "secret"),
                new OutboxMessage("discreet", refused, false, 0, false, null));
        TransactionTemplate transaction = new TransactionTemplate(transactionManager());

        for (ThrowingCallable call : List.<ThrowingCallable>of(() -> store.add(messages),
                () -> transaction.executeWithoutResult((status) -> store.addInTransaction(messages)))) {
            StringWriter trace = new StringWriter();
            catchThrowable(call).printStackTrace(new PrintWriter(trace));
            assertThat(trace.toString()).contains("OutboxStoreException", "SQLException")
                .doesNotContain("secret", HexFormat.of().formatHex("secret".getBytes()));
        }
    }

    private OutboxMessage message(String cluster, @Nullable String key, String body) {
        long id = this.ids.nextId();
        return new OutboxMessage(cluster,
                new PreparedMessage(id, "U" + id, "orders", null, List.of(), body.getBytes(), Map.of(), key, null),
                false, 0, false, null);
    }

    private static List<String> bodies(List<OutboxEntry> entries) {
        return entries.stream().map((entry) -> new String(entry.message().body())).toList();
    }

    /** A claim lasts from when it is written, however old the transaction is then. */
    @Test
    void claimsForTheWholeLeaseLateInATransaction() {
        OutboxStore one = store("one", Duration.ofSeconds(20));
        OutboxScope scope = new OutboxScope(Set.of("late"), Set.of());
        JdbcTemplate jdbc = new JdbcTemplate(this.dataSource);
        String now = this.database.dialect().now();
        String claimed = "SELECT lease_until - " + now + " FROM reliable_mq_outbox WHERE cluster = 'late'";
        new TransactionTemplate(transactionManager()).executeWithoutResult((status) -> {
            long began = jdbc.queryForObject("SELECT " + now, Long.class);
            long begun = System.nanoTime();
            await().until(() -> System.nanoTime() - begun > Duration.ofMillis(1500).toNanos());
            PreparedMessage message = new PreparedMessage(1, "U1", "orders", null, List.of(), new byte[1], Map.of(),
                    null, null);
            one.addInTransaction(List.of(new OutboxMessage("late", message, true, 0, false, null)));
            assertThat(
                    jdbc.queryForObject("SELECT lease_until FROM reliable_mq_outbox WHERE cluster = 'late'", Long.class)
                            - began)
                .isGreaterThanOrEqualTo(21_000);
        });
        assertThat(jdbc.queryForObject(claimed, Long.class)).isPositive();
        assertThat(one.claim(10, scope)).isEmpty();
    }

    /** A codec whose key is lost. */
    private record LostKey(AtomicBoolean away) implements PayloadCodec {

        @Override
        public @Nullable String encoding() {
            return null;
        }

        @Override
        public byte[] encode(byte[] payload) {
            return payload;
        }

        @Override
        public byte[] decode(byte[] stored, @Nullable String encoding) {
            if (this.away.get() && new String(stored).equals("lost")) {
                throw new IllegalStateException("secret payload: " + new String(stored));
            }
            return stored;
        }

    }

    @Test
    void notesOfEachMessageWhereItIs() {
        OutboxStore store = store("one", Duration.ofMinutes(5));
        List<OutboxEntry> entries = store.add(LongStream.rangeClosed(1, 3).mapToObj((id) -> {
            PreparedMessage message = new PreparedMessage(id, "UNIQ" + id, "orders", null, List.of(), new byte[] { 1 },
                    Map.of(), null, null);
            return new OutboxMessage("where", message, true, 0, false, "an error of before");
        }).toList());

        store.settle(List.of(
                new OutboxOutcome.Sent(entries.get(2), new SendTarget("broker-b", 7), StorageStatus.STORED, -1),
                new OutboxOutcome.Sent(entries.get(0), new SendTarget("broker-a", 0), StorageStatus.REPLICATED,
                        1L << 40),
                new OutboxOutcome.Sent(entries.get(1), new SendTarget("brøker,{}\"", 1), StorageStatus.FLUSHED, 9)));

        assertThat(new JdbcTemplate(this.dataSource).query(
                "SELECT broker_name, queue_id, queue_offset, send_status, attempts, status, owner, last_error,"
                        + " lease_until FROM reliable_mq_outbox WHERE cluster = 'where' ORDER BY message_id",
                (row, number) -> IntStream.rangeClosed(1, 9).mapToObj((i) -> text(row, i)).toList()))
            .containsExactly(List.of("broker-a", "0", "1099511627776", "REPLICATED", "1", "SENT", "null", "null", "0"),
                    List.of("brøker,{}\"", "1", "9", "FLUSHED", "1", "SENT", "null", "null", "0"),
                    List.of("broker-b", "7", "-1", "STORED", "1", "SENT", "null", "null", "0"));
    }

    /** Two lock the same rows in turns, and both catch what comes of it. */
    @Test
    void noticesThatTheDatabaseHasRolledATransactionBack() throws Exception {
        JdbcTemplate jdbc = new JdbcTemplate(this.dataSource);
        jdbc.execute("CREATE TABLE account (id INT PRIMARY KEY, amount INT NOT NULL)");
        jdbc.update("INSERT INTO account VALUES (1, 0), (2, 0)");
        OutboxStore store = store("one", Duration.ofMinutes(5));
        CyclicBarrier bothLocked = new CyclicBarrier(2);

        CompletableFuture<Boolean> other = CompletableFuture
            .supplyAsync(() -> knowsItsFate(store, jdbc, bothLocked, 2, 1));
        boolean one = knowsItsFate(store, jdbc, bothLocked, 1, 2);

        assertThat(other.get(1, TimeUnit.MINUTES)).isTrue();
        assertThat(one).isTrue();
    }

    private boolean knowsItsFate(OutboxStore store, JdbcTemplate jdbc, CyclicBarrier bothLocked, int first,
            int second) {
        TransactionTemplate transaction = new TransactionTemplate(transactionManager());
        return Boolean.TRUE.equals(transaction.execute((status) -> {
            Object mark = store.markTransaction();
            jdbc.update("UPDATE account SET amount = amount + 1 WHERE id = ?", first);
            boolean victim = false;
            try {
                bothLocked.await(1, TimeUnit.MINUTES);
                jdbc.update("UPDATE account SET amount = amount + 1 WHERE id = ?", second);
            }
            catch (DataAccessException ex) {
                victim = true;
            }
            catch (Exception ex) {
                throw new IllegalStateException(ex);
            }
            status.setRollbackOnly();
            return mark == null || isGone(store, mark) == victim;
        }));
    }

    /** As a nested transaction does at its end, in which the first message was sent. */
    @Test
    void aMarkOutlivesAnOlderSavepointThatIsReleased() {
        OutboxStore store = store("one", Duration.ofMinutes(5));
        new TransactionTemplate(transactionManager()).executeWithoutResult((status) -> {
            Object savepoint = status.createSavepoint();
            Object mark = store.markTransaction();
            status.releaseSavepoint(savepoint);
            assertThat(mark != null && isGone(store, mark)).isFalse();
        });
    }

    private static boolean isGone(OutboxStore store, Object mark) {
        try {
            store.requireMarkedTransaction(mark);
            return false;
        }
        catch (OutboxStoreException ex) {
            return true;
        }
    }

    @Test
    void tellsWhetherATransactionHasGoneBack() {
        OutboxStore store = store("one", Duration.ofMinutes(5));
        new TransactionTemplate(transactionManager()).executeWithoutResult((status) -> {
            Object savepoint = status.createSavepoint();
            Object probe = store.writeProbe();
            assertThat(store.takeProbe(probe)).isTrue();
            Object gone = store.writeProbe();
            status.rollbackToSavepoint(savepoint);
            assertThat(store.takeProbe(gone)).isFalse();
        });
        assertThat(new JdbcTemplate(this.dataSource)
            .queryForObject("SELECT COUNT(*) FROM reliable_mq_outbox WHERE topic = ''", Integer.class)).isZero();
    }

    /** Also where a failed statement leaves nothing to a transaction but to go back. */
    @Test
    void tellsWhetherATransactionHasGoneBackAfterAFailedStatement() {
        OutboxStore store = store("one", Duration.ofMinutes(5));
        new TransactionTemplate(transactionManager()).executeWithoutResult((status) -> {
            Object savepoint = status.createSavepoint();
            assertThat(catchThrowable(() -> new JdbcTemplate(this.dataSource).execute("SELECT * FROM no_such_table")))
                .isInstanceOf(DataAccessException.class);
            Object probe = store.writeProbe();
            assertThat(probe == null).isEqualTo(this.database.dialect().errorsAbortTransactions());
            assertThat(store.writeProbe() == null).isEqualTo(probe == null);
            status.rollbackToSavepoint(savepoint);
            assertThat(probe != null && store.takeProbe(probe)).isFalse();
            Object later = store.writeProbe();
            assertThat(later != null && store.takeProbe(later)).isTrue();
        });
    }

    /** Without a timeout of the statement PostgreSQL waits for ever. */
    @Test
    @Timeout(60)
    void waitsForAnotherTransactionNoLongerThanItsOwnMayTake() {
        OutboxStore store = store("one", Duration.ofMinutes(5));
        TransactionTemplate first = new TransactionTemplate(transactionManager());
        TransactionTemplate second = new TransactionTemplate(transactionManager());
        second.setTimeout(1);
        first.executeWithoutResult((status) -> {
            store.addInTransaction(List.of(message("timeout", "k", "first")));
            assertThat(CompletableFuture
                .supplyAsync(() -> catchThrowable(() -> second.executeWithoutResult(
                        (late) -> store.addInTransaction(List.of(message("timeout", "k", "second"))))))
                .orTimeout(30, TimeUnit.SECONDS)
                .join()).isInstanceOf(CannotAcquireLockException.class);
        });

        assertThat(new JdbcTemplate(this.dataSource)
            .queryForObject("SELECT COUNT(*) FROM reliable_mq_outbox WHERE cluster = 'timeout'", Integer.class))
            .isOne();
    }

    private static String text(ResultSet row, int column) {
        try {
            return String.valueOf(row.getString(column));
        }
        catch (SQLException ex) {
            throw new IllegalStateException(ex);
        }
    }

}
