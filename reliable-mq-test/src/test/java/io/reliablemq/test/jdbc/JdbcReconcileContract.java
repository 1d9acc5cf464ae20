package io.reliablemq.test.jdbc;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.message.MessageId;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.outbox.OutboxStore;
import io.reliablemq.outbox.jdbc.JdbcDirectSends;
import io.reliablemq.outbox.jdbc.JdbcOutboxStore;
import io.reliablemq.reconcile.ConsumptionPage;
import io.reliablemq.reconcile.ConsumptionPages;
import io.reliablemq.reconcile.ConsumptionState;
import io.reliablemq.reconcile.GroupReport;
import io.reliablemq.reconcile.GroupSubscription;
import io.reliablemq.reconcile.QueuePosition;
import io.reliablemq.reconcile.ReconcileReport;
import io.reliablemq.reconcile.ReconcileRuns.RecordedRun;
import io.reliablemq.reconcile.SentLedger;
import io.reliablemq.reconcile.SentMessage;
import io.reliablemq.reconcile.SentState;
import io.reliablemq.reconcile.Verdict;
import io.reliablemq.reconcile.Window;
import io.reliablemq.reconcile.jdbc.JdbcConsumptionRecords;
import io.reliablemq.reconcile.jdbc.JdbcGroupDirectory;
import io.reliablemq.reconcile.jdbc.JdbcReconcileRuns;
import io.reliablemq.reconcile.jdbc.JdbcSentLedger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What reconciliation reads and writes on one database; a subclass says which.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class JdbcReconcileContract {

    private static final long BASE = Instant.parse("2026-01-02T00:00:00Z").toEpochMilli();

    private static final long DAY = Duration.ofDays(1).toMillis();

    private final AtomicLong ids = new AtomicLong();

    private final SnowflakeIdGenerator generator = SnowflakeIdGenerator.fixed(7, Clock.systemUTC(),
            Duration.ofSeconds(1));

    private HikariDataSource dataSource;

    private JdbcDatabase database;

    private JdbcTemplate jdbc;

    abstract HikariDataSource open();

    @BeforeAll
    void createTables() {
        this.dataSource = open();
        this.database = JdbcDatabase.detect(this.dataSource, Tables.defaults());
        new JdbcSchema(this.database).create();
        this.jdbc = new JdbcTemplate(this.dataSource);
    }

    @BeforeEach
    void clear() {
        for (String table : List.of("outbox", "ledger", "inbox", "attempt", "dead_letter", "group", "reconcile_run",
                "purge")) {
            this.jdbc.update("DELETE FROM reliable_mq_" + table);
        }
    }

    @AfterAll
    void close() {
        this.dataSource.close();
    }

    @Test
    void readsTheOutboxInPages() {
        for (int i = 0; i < 25; i++) {
            store("SENT", BASE + i / 10, 1000 - i, 7 + i);
        }
        SentLedger ledger = JdbcSentLedger.outbox(this.database, PayloadCodec.plain(), Duration.ofDays(7));
        List<SentMessage> all = readAll(ledger, new Window(at(BASE), at(BASE + 10)), 4);
        assertThat(all).map(SentMessage::id).containsExactlyElementsOf(expectedOrder());
        assertThat(readAll(ledger, new Window(at(BASE + 1), at(BASE + 2)), 4)).map(SentMessage::id)
            .containsExactlyElementsOf(LongStream.rangeClosed(981, 990).boxed().toList());
        assertThat(all.get(0).position()).isEqualTo(new QueuePosition("broker-a", 3, 7 + 9));
        assertThat(all.get(0)).satisfies((message) -> {
            assertThat(message.topic()).isEqualTo("orders");
            assertThat(message.tag()).isEqualTo("created");
            assertThat(message.uniqKey()).isEqualTo("U991");
            assertThat(message.sentAt()).isEqualTo(at(BASE + 5));
            assertThat(message.lastResentAt()).isNull();
        });
    }

    private static List<Long> expectedOrder() {
        return LongStream
            .concat(LongStream.rangeClosed(991, 1000),
                    LongStream.concat(LongStream.rangeClosed(981, 990), LongStream.rangeClosed(976, 980)))
            .boxed()
            .toList();
    }

    private static List<SentMessage> readAll(SentLedger ledger, Window window, int limit) {
        List<SentMessage> all = new ArrayList<>();
        List<SentMessage> page;
        do {
            page = ledger.page(window, all.isEmpty() ? null : all.get(all.size() - 1), limit);
            all.addAll(page);
        }
        while (page.size() == limit);
        return all;
    }

    @Test
    void knowsWhatWasNotSent() {
        store("PENDING", BASE, 1, 1);
        store("PARKED", BASE, 2, 1);
        store("DISCARDED", BASE, 3, 1);
        store("SENT", BASE, 4, 1);
        SentLedger ledger = JdbcSentLedger.outbox(this.database, PayloadCodec.plain(), Duration.ofDays(7));
        assertThat(readAll(ledger, new Window(at(BASE), at(BASE + 1)), 10)).map(SentMessage::state)
            .containsExactly(SentState.NOT_SENT, SentState.NOT_SENT, SentState.DISCARDED, SentState.SENT);
    }

    @Test
    void readsDirectSendsAndWhatIsToBeSentAgain() {
        StoredMessage stored = new StoredMessage(5L, "U5", "default", "orders", "created", List.of("o-1", "5"), "c-1",
                Map.of("RELIABLE_ID", "5", "x", "ä & ="), new byte[] { 1, 2, 0, -1 }, null);
        insertDirect(stored, 1, 4L);
        insertDirect(new StoredMessage(6L, "U6", "default", "orders", null, List.of(), null, Map.of(), new byte[] { 3 },
                at(BASE + 9)), 1, null);
        SentLedger ledger = JdbcSentLedger.direct(this.database, PayloadCodec.plain(), Duration.ofDays(7));
        List<SentMessage> all = readAll(ledger, new Window(at(BASE), at(BASE + 1)), 10);
        assertThat(all).map(SentMessage::state).containsExactly(SentState.SENT, SentState.UNCERTAIN);
        assertThat(all.get(1).position()).isNull();
        assertThat(all.get(1).deliverAt()).isEqualTo(at(BASE + 9));
        StoredMessage loaded = ledger.load(all.get(0));
        assertThat(loaded).usingRecursiveComparison().isEqualTo(stored);

        ledger.markResent(all.subList(0, 1), at(BASE + 100));
        ledger.markResent(all.subList(0, 1), at(BASE + 200));
        assertThat(ledger.page(new Window(at(BASE), at(BASE + 1)), null, 1).get(0).lastResentAt())
            .isEqualTo(at(BASE + 200));
        assertThat(this.jdbc.queryForList("SELECT resends FROM reliable_mq_ledger ORDER BY message_id", Integer.class))
            .containsExactly(2, 0);
        this.jdbc.update("DELETE FROM reliable_mq_ledger");
        assertThat(ledger.load(all.get(0))).isNull();
    }

    @Test
    void findsTheStrongestRecord() {
        long now = System.currentTimeMillis();
        record("k:1", 1, "DONE", 0);
        record("2", 2, "ALIAS", 0);
        record("3", 3, "PARKED", 0);
        record("4", 4, "DROPPED", 0);
        record("5", 5, "DISCARDED", 0);
        record("6", 6, "PROCESSING", now + DAY);
        record("7", 7, "PROCESSING", now - DAY);
        record("20", 20, "PROCESSING", 0);
        record("8", 8, "PROCESSING", now + DAY);
        record("k:8", 8, "DONE", 0);
        attempt(9);
        attempt(1);
        letter(10, "PARKED");
        letter(11, "REPLAYING");
        letter(12, "RESOLVED");
        letter(13, "DISCARDED");
        attempt(6);
        alias(14, "k:1");
        alias(15, "3");
        alias(16, "5");
        alias(17, "purged");
        Map<Long, ConsumptionState> expected = Map.ofEntries(Map.entry(1L, ConsumptionState.DONE),
                Map.entry(2L, ConsumptionState.DONE), Map.entry(3L, ConsumptionState.PARKED),
                Map.entry(4L, ConsumptionState.DROPPED), Map.entry(5L, ConsumptionState.DISCARDED),
                Map.entry(6L, ConsumptionState.IN_RETRY), Map.entry(7L, ConsumptionState.UNCERTAIN),
                Map.entry(8L, ConsumptionState.DONE), Map.entry(9L, ConsumptionState.IN_RETRY),
                Map.entry(10L, ConsumptionState.PARKED), Map.entry(11L, ConsumptionState.PARKED),
                Map.entry(13L, ConsumptionState.DISCARDED), Map.entry(14L, ConsumptionState.DONE),
                Map.entry(15L, ConsumptionState.PARKED), Map.entry(16L, ConsumptionState.DISCARDED),
                Map.entry(17L, ConsumptionState.DONE));
        ConsumptionPages records = new JdbcConsumptionRecords(this.database);
        assertThat(records.find("points", LongStream.rangeClosed(1, 20).toArray())).isEqualTo(expected);
        assertThat(records.find("Points", LongStream.rangeClosed(1, 20).toArray())).isEmpty();
        assertThat(readAll(records, 1, 20, 3)).isEqualTo(expected);
        assertThat(readAll(records, 1, 20, 100)).isEqualTo(expected);
    }

    @Test
    void tellsIdSpacesApart() {
        record("1-a", 1, "DONE", 0);
        record("1-b", 1, "PARKED", 0);
        record("2-a", 2, "DONE", 0);
        record("3-b", 3, "DONE", 0);
        this.jdbc.update("UPDATE reliable_mq_inbox SET id_space = 'a' WHERE identity LIKE '%-a'");
        this.jdbc.update("UPDATE reliable_mq_inbox SET id_space = 'b' WHERE identity LIKE '%-b'");
        attempt(2);
        letter(3, "DISCARDED");
        List<MessageId> asked = new ArrayList<>();
        for (long id = 0; id < 5; id++) {
            asked.addAll(List.of(new MessageId(id, null), new MessageId(id, "a"), new MessageId(id, "b")));
        }
        Map<MessageId, ConsumptionState> expected = Map.of(new MessageId(1, "a"), ConsumptionState.DONE,
                new MessageId(1, "b"), ConsumptionState.PARKED, new MessageId(2, "a"), ConsumptionState.DONE,
                new MessageId(2, null), ConsumptionState.IN_RETRY, new MessageId(3, "b"), ConsumptionState.DONE,
                new MessageId(3, null), ConsumptionState.DISCARDED);
        JdbcConsumptionRecords records = new JdbcConsumptionRecords(this.database);
        assertThat(records.find("points", asked)).isEqualTo(expected);
        asked.forEach((one) -> assertThat(records.find("points", List.of(one)).get(one)).isEqualTo(expected.get(one)));
        assertThat(records.find("points", new long[] { 1, 2, 3 })).as("of any space")
            .isEqualTo(Map.of(1L, ConsumptionState.DONE, 2L, ConsumptionState.DONE, 3L, ConsumptionState.DONE));
        ConsumptionPage page = ConsumptionPage.read(records, "points", 0, 5, 100);
        asked.forEach((one) -> assertThat(page.state(one)).isEqualTo(expected.get(one)));
    }

    @Test
    void readsTheOutboxInPagesAcrossIdSpaces() {
        for (int i = 0; i < 12; i++) {
            store("SENT", BASE, 1 + i / 4, i);
            this.jdbc.update("UPDATE reliable_mq_outbox SET id_space = ? WHERE queue_offset = ?",
                    (i % 4 == 0) ? "" : "s" + i % 4, i);
        }
        SentLedger ledger = JdbcSentLedger.outbox(this.database, PayloadCodec.plain(), Duration.ofDays(7));
        for (int limit = 1; limit < 14; limit++) {
            assertThat(readAll(ledger, new Window(at(BASE), at(BASE + 1)), limit)).map(SentMessage::messageId)
                .hasSize(12)
                .isSorted()
                .doesNotHaveDuplicates();
        }
        SentMessage second = readAll(ledger, new Window(at(BASE), at(BASE + 1)), 100).get(1);
        ledger.markResent(List.of(second), at(BASE + 100));
        assertThat(this.jdbc.queryForList("SELECT queue_offset FROM reliable_mq_outbox WHERE resends > 0", Long.class))
            .containsExactly(1L);
    }

    private static Map<Long, ConsumptionState> readAll(ConsumptionPages records, long first, long last, int limit) {
        Map<Long, ConsumptionState> all = new java.util.HashMap<>();
        long next = first;
        while (next <= last) {
            ConsumptionPages.Page page = records.page("points", next, last, limit);
            all.putAll(page.states());
            next = page.through() + 1;
        }
        return all;
    }

    @Test
    void findsFewAmongMany() {
        List<Object[]> rows = LongStream.range(0, 5000)
            .mapToObj((id) -> new Object[] { String.valueOf(id), id })
            .toList();
        this.jdbc.batchUpdate("INSERT INTO reliable_mq_inbox (consumer_group, identity, message_id, status, token,"
                + " lease_until, created_at) VALUES ('points', ?, ?, 'DONE', 0, 0, 0)", rows);
        long[] ids = { 1, 17, 2500, 4999, 6000, Long.MAX_VALUE - 5 };
        assertThat(new JdbcConsumptionRecords(this.database).find("points", ids)).containsOnlyKeys(1L, 17L, 2500L,
                4999L);
    }

    @Test
    void registersGroupsOnceAndKeepsTheTimeOfATagThatStays() {
        JdbcGroupDirectory directory = new JdbcGroupDirectory(this.database);
        directory.register(List.of(group("a"), group("b")));
        GroupSubscription first = directory.groups().get(0);
        assertThat(first.group()).isEqualTo("points-a");
        assertThat(first.subscription()).isEqualTo("a");
        assertThat(first.ordered()).isTrue();
        assertThat(first.retention()).isEqualTo(Duration.ofDays(7));
        assertThat(first.expectedFrom()).isAfter(at(BASE));
        this.jdbc.update("UPDATE reliable_mq_group SET expected_from = 5, last_seen = 5");

        directory.register(List.of(group("a")));
        assertThat(directory.groups().get(0).expectedFrom()).isEqualTo(at(5));
        assertThat(directory.groups().get(0).lastSeen()).isAfter(at(BASE));
        assertThat(directory.groups().get(1).lastSeen()).isEqualTo(at(5));

        GroupSubscription a = group("a");
        directory.register(List.of(new GroupSubscription("default", a.group(), a.topic(), "a || b", "TAG", "CLUSTERING",
                true, false, at(0), at(0), a.retention())));
        assertThat(directory.groups().get(0).subscription()).isEqualTo("a || b");
        assertThat(directory.groups().get(0).expectedFrom()).isEqualTo(at(5));
        directory.register(List.of(new GroupSubscription("default", a.group(), a.topic(), "b", "TAG", "CLUSTERING",
                true, false, at(0), at(0), a.retention())));
        assertThat(directory.groups().get(0).expectedFrom()).isAfter(at(BASE));
        assertThat(directory.groups().get(0).history().toString()).contains("tag a 5 ").contains("tag b ");
    }

    @Test
    void remembersRunsAndGaps() {
        JdbcReconcileRuns runs = new JdbcReconcileRuns(this.database, this.ids::incrementAndGet);
        Window window = new Window(at(BASE), at(BASE + DAY));
        ReconcileReport run = new ReconcileReport(77, window, 1, 2, true, at(BASE + DAY), at(BASE + DAY + 5),
                List.of());
        runs.begin(run, new GroupReport("points", Map.of(), Map.of(), 0, null, null, "second"));
        assertThat(runs.latest(5)).map(RecordedRun::status).containsExactly("RUNNING");
        this.jdbc.update("UPDATE reliable_mq_reconcile_run SET lease_until = 5");
        assertThat(runs.latest(5)).map(RecordedRun::status).containsExactly("BROKEN_OFF");
        Map<Verdict, Long> counts = new java.util.EnumMap<>(Verdict.class);
        Arrays.stream(Verdict.values()).forEach((verdict) -> counts.put(verdict, verdict.ordinal() + 1L));
        GroupReport result = new GroupReport("points", counts, Map.of(), 3, at(BASE + 9), "x".repeat(2000), "second");
        runs.progress(run, result);
        assertThat(runs.latest(5)).map(RecordedRun::status).containsExactly("RUNNING");
        runs.end(run, result);
        assertThat(runs.latest(5)).singleElement().satisfies((recorded) -> {
            assertThat(recorded.status()).isEqualTo("FAILED");
            assertThat(recorded.run()).isEqualTo(run);
            assertThat(recorded.result().counts()).isEqualTo(counts);
            assertThat(recorded.result().resent()).isEqualTo(3);
            assertThat(recorded.result().provenUpTo()).isEqualTo(at(BASE + 9));
            assertThat(recorded.failure()).hasSize(1000);
            assertThat(recorded.result().cluster()).isEqualTo("second");
        });
        runs.begin(run, "mails");
        runs.end(run, new GroupReport("mails", Map.of(), Map.of(), 0, null, null));
        assertThat(this.jdbc.queryForList(
                "SELECT cluster FROM reliable_mq_reconcile_run WHERE status <> 'RUNNING' ORDER BY cluster",
                String.class))
            .containsExactly("default", "second");

        assertThat(runs.firstGap(window)).isEmpty();
        runs.recordGap(at(BASE + 50), at(BASE + 60), "overflow");
        assertThat(runs.firstGap(window)).contains(at(BASE + 50));
        assertThat(runs.firstGap(new Window(at(BASE + 55), at(BASE + 70)))).contains(at(BASE + 55));
        assertThat(runs.firstGap(new Window(at(BASE + 60), at(BASE + 70)))).isEmpty();
        assertThat(runs.purge(Duration.ofSeconds(1))).isEqualTo(2);
        assertThat(runs.latest(5)).map(RecordedRun::status).containsExactly("GAP");
    }

    /** However long the ledger keeps its rows. */
    @Test
    void keepsAGapAsLongAsAWindowWithItCanBeCompared() {
        JdbcReconcileRuns runs = new JdbcReconcileRuns(this.database, this.ids::incrementAndGet);
        runs.recordGap(at(BASE + 50), at(BASE + 60), "overflow");
        assertThat(runs.purge(Duration.ofSeconds(1))).isZero();
        direct(BASE + 59, 1, null, null);
        assertThat(purgeDirect(Duration.ofDays(1))).isEqualTo(at(BASE + 60));
        assertThat(runs.purge(Duration.ofSeconds(1))).isZero();
        direct(BASE + 60, 1, null, null);
        assertThat(purgeDirect(Duration.ofDays(1))).isEqualTo(at(BASE + 61));
        assertThat(runs.purge(Duration.ofDays(36_500))).isZero();
        assertThat(runs.purge(Duration.ofSeconds(1))).isOne();
    }

    /**
     * Retention counts from when a message was done with, not from when it was stored.
     */
    @Test
    void keepsWhatWasSentLateForAsLongAsTheRest() {
        long now = now();
        long old = now - 10 * DAY;
        store("SENT", old, 1, 1);
        store("SENT", old, 2, 2);
        store("SENT", old, 3, 3);
        store("SENT", old, 4, 4);
        store("PARKED", old, 5, 5);
        store("PARKED", old + 1, 6, 6);
        store("PENDING", old, 7, 7);
        this.jdbc.update("UPDATE reliable_mq_outbox SET sent_at = ? WHERE message_id = 2", now);
        this.jdbc.update("UPDATE reliable_mq_outbox SET deliver_at = ? WHERE message_id = 3", now);
        this.jdbc.update("UPDATE reliable_mq_outbox SET last_resent_at = ? WHERE message_id = 4", now);
        OutboxStore store = outbox();
        store.discard(store.parked(10).get(0).rowId(), "never");

        assertThat(store.purge(Duration.ofDays(7), 100)).isOne();
        assertThat(outboxIds()).containsExactly(2L, 3L, 4L, 5L, 6L, 7L);

        this.jdbc.update("UPDATE reliable_mq_outbox SET sent_at = ?, due_at = ?, deliver_at = ?, last_resent_at = ?",
                old, old, old, old);
        assertThat(store.purge(Duration.ofDays(7), 2)).isEqualTo(2);
        assertThat(store.purge(Duration.ofDays(7), 100)).isEqualTo(2);
        assertThat(outboxIds()).containsExactly(6L, 7L);
    }

    @Test
    void keepsADirectSendUntilItWasDueAndSentAgainForLong() {
        long now = now();
        long old = now - 10 * DAY;
        direct(old, 1, null, null);
        direct(old, 2, now, null);
        direct(old, 3, null, now);

        assertThat(purgeDirect(Duration.ofDays(7))).isEqualTo(at(old + 1));

        assertThat(this.jdbc.queryForList("SELECT message_id FROM reliable_mq_ledger ORDER BY message_id", Long.class))
            .containsExactly(2L, 3L);
    }

    /** A longer retention does not bring back what is gone. */
    @Test
    void knowsSinceWhenNothingIsMissing() {
        SentLedger ledger = JdbcSentLedger.outbox(this.database, PayloadCodec.plain(), Duration.ofDays(7));
        assertThat(ledger.keptSince(at(BASE + 7 * DAY))).isEqualTo(at(BASE));
        long now = now();
        store("SENT", now - 3 * DAY, 1, 1);
        store("SENT", now - 2 * DAY, 2, 2);
        store("SENT", now, 3, 3);

        assertThat(outbox().purge(Duration.ofDays(1), 1)).isOne();
        assertThat(ledger.keptSince(at(now))).isEqualTo(at(now - 3 * DAY + 1));
        assertThat(outbox().purge(Duration.ofDays(1), 10)).isOne();
        assertThat(ledger.keptSince(at(now))).isEqualTo(at(now - 2 * DAY + 1));

        store("SENT", now - 5 * DAY, 4, 4);
        assertThat(outbox().purge(Duration.ofDays(1), 10)).isOne();
        assertThat(ledger.keptSince(at(now))).isEqualTo(at(now - 2 * DAY + 1));
        assertThat(JdbcSentLedger.direct(this.database, PayloadCodec.plain(), Duration.ofDays(7)).keptSince(at(now)))
            .isEqualTo(at(now - 7 * DAY));
    }

    private OutboxStore outbox() {
        return new JdbcOutboxStore(this.database, PayloadCodec.plain(), this.generator, "one", Duration.ofMinutes(5));
    }

    private List<Long> outboxIds() {
        return this.jdbc.queryForList("SELECT message_id FROM reliable_mq_outbox ORDER BY message_id", Long.class);
    }

    private long now() {
        return this.jdbc.queryForObject("SELECT " + this.database.dialect().now(), Long.class);
    }

    /** Says since when the ledger is complete after that. */
    private Instant purgeDirect(Duration retention) {
        int before = count();
        JdbcDirectSends sends = new JdbcDirectSends(this.database, PayloadCodec.plain(), this.generator, Set.of(),
                retention, new SimpleMeterRegistry(), (from, to) -> {
                }, Clock.systemUTC());
        sends.start();
        await().untilAsserted(() -> assertThat(count()).isLessThan(before));
        sends.stop();
        return JdbcSentLedger.direct(this.database, PayloadCodec.plain(), retention).keptSince(at(now()));
    }

    private int count() {
        return this.jdbc.queryForObject("SELECT COUNT(*) FROM reliable_mq_ledger", Integer.class);
    }

    private void direct(long sentAt, long id, @Nullable Long deliverAt, @Nullable Long resentAt) {
        this.jdbc.update(
                "INSERT INTO reliable_mq_ledger (row_id, message_id, cluster, topic, sent_at, deliver_at,"
                        + " last_resent_at) VALUES (?, ?, 'default', 'orders', ?, ?, ?)",
                this.ids.incrementAndGet(), id, sentAt, deliverAt, resentAt);
    }

    private static GroupSubscription group(String name) {
        return new GroupSubscription("default", "points-" + name, "orders", name, "TAG", "CLUSTERING", true, false,
                at(0), at(0), Duration.ofDays(7));
    }

    private static Instant at(long millis) {
        return Instant.ofEpochMilli(millis);
    }

    private void store(String status, long createdAt, long id, long offset) {
        this.jdbc
            .update("INSERT INTO reliable_mq_outbox (row_id, message_id, cluster, topic, tag, payload, status, due_at,"
                    + " created_at, sent_at, uniq_key, broker_name, queue_id, queue_offset) VALUES (?, ?, 'default',"
                    + " 'orders', 'created', ?, ?, 0, ?, ?, ?, 'broker-a', 3, ?)", this.ids.incrementAndGet(), id,
                    new byte[] { 1 }, status, createdAt, BASE + 5, "U" + id, offset);
    }

    private void insertDirect(StoredMessage message, int uncertain, Long offset) {
        MessageColumns columns = new MessageColumns(this.database.dialect(), PayloadCodec.plain());
        this.jdbc.update("INSERT INTO reliable_mq_ledger (" + MessageColumns.NAMES
                + ", row_id, sent_at, uncertain, broker_name, queue_id, queue_offset) VALUES ("
                + MessageColumns.PLACEHOLDERS + ", ?, ?, ?, 'broker-a', 3, ?)", (statement) -> {
                    columns.set(statement, 1, message);
                    statement.setLong(12, this.ids.incrementAndGet());
                    statement.setLong(13, BASE);
                    statement.setInt(14, uncertain);
                    statement.setObject(15, offset, java.sql.Types.BIGINT);
                });
    }

    private void record(String identity, long id, String status, long leaseUntil) {
        this.jdbc
            .update("INSERT INTO reliable_mq_inbox (consumer_group, identity, message_id, status, token, lease_until,"
                    + " created_at) VALUES ('points', ?, ?, ?, 0, ?, 0)", identity, id, status, leaseUntil);
    }

    private void alias(long id, String original) {
        record(String.valueOf(id), id, "ALIAS", 0);
        this.jdbc.update("UPDATE reliable_mq_inbox SET duplicate_of = ? WHERE message_id = ?", original, id);
    }

    private void attempt(long id) {
        this.jdbc.update("INSERT INTO reliable_mq_attempt (consumer_group, identity, message_id, failures,"
                + " postponements, next_due) VALUES ('points', ?, ?, 1, 0, 0)", String.valueOf(id), id);
    }

    private void letter(long id, String status) {
        this.jdbc
            .update("INSERT INTO reliable_mq_dead_letter (row_id, consumer_group, identity, message_id, cluster, topic,"
                    + " reason, status, parked_at, updated_at) VALUES (?, 'points', ?, ?, 'default', 'orders',"
                    + " 'FAILED', ?, 0, 0)", this.ids.incrementAndGet(), String.valueOf(id), id, status);
    }

}
