package io.reliablemq.test.contract;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

import io.reliablemq.message.StoredMessage;
import io.reliablemq.outbox.ClusterTopic;
import io.reliablemq.outbox.OrderingKey;
import io.reliablemq.outbox.OutboxEntry;
import io.reliablemq.outbox.OutboxMessage;
import io.reliablemq.outbox.OutboxOutcome;
import io.reliablemq.outbox.OutboxScope;
import io.reliablemq.outbox.OutboxStore;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.SendTarget;
import io.reliablemq.producer.StorageStatus;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What every {@link OutboxStore} does. Each test uses a cluster of its own.
 */
public abstract class OutboxStoreContract {

    private static final SendTarget QUEUE = new SendTarget("broker-a", 2);

    private String cluster = "";

    private OutboxScope scope = new OutboxScope(Set.of(), Set.of());

    /**
     * For the test class that names the store.
     */
    protected OutboxStoreContract() {
    }

    /**
     * The store as one instance of an application sees it.
     * @param owner name of the instance
     * @param lease how long its claims last
     * @return the store
     */
    protected abstract OutboxStore store(String owner, Duration lease);

    /**
     * Manages transactions that the store joins.
     * @return the manager
     */
    protected abstract PlatformTransactionManager transactionManager();

    @BeforeEach
    void useAnotherCluster() {
        this.cluster = "c-" + UUID.randomUUID();
        this.scope = new OutboxScope(Set.of(this.cluster), Set.of());
    }

    private OutboxStore store() {
        return store("instance-1", Duration.ofMinutes(5));
    }

    private OutboxMessage message(long id, @Nullable String orderingKey, boolean claimed) {
        PreparedMessage message = new PreparedMessage(id, "UNIQ" + id, "orders", "created", List.of("o-7", "" + id),
                new byte[] { 0, 1, (byte) id }, Map.of("a=b", "ü&1"), orderingKey,
                (orderingKey != null) ? null : Instant.ofEpochMilli(1234));
        return new OutboxMessage(this.cluster, message, claimed, 0, false, null);
    }

    private List<Long> claimed(OutboxStore store, int limit) {
        return store.claim(limit, this.scope).stream().map((entry) -> entry.message().id()).toList();
    }

    private OrderingKey key(String key) {
        return new OrderingKey(this.cluster, "orders", key);
    }

    private List<Long> claimedOf(OutboxStore store, String key, int limit) {
        return store.claimKey(key(key), limit, false).stream().map((entry) -> entry.message().id()).toList();
    }

    private static OutboxOutcome sent(OutboxEntry entry) {
        return new OutboxOutcome.Sent(entry, QUEUE, StorageStatus.REPLICATED, 17);
    }

    /** A message comes back as it was stored. */
    @Test
    protected void keepsMessagesAsTheyAre() {
        OutboxMessage message = message(7, null, false);
        assertThat(store().add(List.of(message))).isEmpty();

        OutboxEntry entry = store().claim(10, this.scope).get(0);

        assertThat(entry.message()).usingRecursiveComparison().isEqualTo(message.message());
        assertThat(entry.cluster()).isEqualTo(this.cluster);
        assertThat(entry.attempts()).isZero();
    }

    /** Of two messages with one id in two spaces each stays what it is. */
    @Test
    protected void keepsTheIdSpaceOfMessages() {
        for (String space : List.of("a", "b")) {
            PreparedMessage message = new PreparedMessage(7, space, "UNIQ" + space, "orders", null, List.of("7"),
                    new byte[] { 1 }, Map.of("RELIABLE_ID", "7", "RELIABLE_SPACE", space), null, null);
            store().add(List.of(new OutboxMessage(this.cluster, message, false, 0, false, null)));
        }
        assertThat(store().claim(10, this.scope)).allSatisfy((entry) -> {
            assertThat(entry.message().uniqKey()).isEqualTo("UNIQ" + entry.message().space());
            assertThat(entry.message().properties()).containsEntry("RELIABLE_SPACE", entry.message().space());
        }).hasSize(2);
    }

    /** Nothing is stored before the commit, and nothing after a rollback. */
    @Test
    protected void joinsTheTransaction() {
        TransactionTemplate transaction = new TransactionTemplate(transactionManager());
        assertThat(store().joinsTransaction()).isFalse();

        transaction.executeWithoutResult((status) -> {
            assertThat(store().joinsTransaction()).isTrue();
            store().addInTransaction(List.of(message(1, null, false), message(2, "k", false)));
            status.setRollbackOnly();
        });
        assertThat(claimed(store(), 10)).isEmpty();
        assertThat(claimedOf(store(), "k", 10)).isEmpty();

        transaction.executeWithoutResult(
                (status) -> store().addInTransaction(List.of(message(3, null, false), message(4, "k", false))));
        assertThat(claimed(store(), 10)).containsExactly(3L);
        assertThat(claimedOf(store(), "k", 10)).containsExactly(4L);
    }

    /** A read-only transaction cannot take messages. */
    @Test
    protected void doesNotJoinReadOnlyTransactions() {
        TransactionTemplate transaction = new TransactionTemplate(transactionManager());
        transaction.setReadOnly(true);

        transaction.executeWithoutResult((status) -> assertThat(store().joinsTransaction()).isFalse());
    }

    /** What the adding instance claims, others get when its lease has run out. */
    @Test
    protected void givesClaimedMessagesToOthersWhenTheLeaseRunsOut() {
        OutboxEntry first = store("one", Duration.ofMillis(300)).add(List.of(message(1, null, true))).get(0);
        OutboxStore other = store("two", Duration.ofMinutes(5));
        List<OutboxEntry> taken = new ArrayList<>();

        Polling.until(() -> taken.addAll(other.claim(10, this.scope)), (some) -> some);

        assertThat(taken.get(0).epoch()).isGreaterThan(first.epoch());
        assertThat(taken.get(0).rowId()).isEqualTo(first.rowId());
        assertThat(store("one", Duration.ofMinutes(5)).settle(List.of(sent(first)))).as("refused").isOne();
        assertThat(other.statistics().pending()).isPositive();
        assertThat(other.settle(List.of(sent(taken.get(0))))).as("refused").isZero();
        assertThat(other.settle(List.of(sent(taken.get(0))))).as("a second time").isOne();
    }

    /**
     * What one claim has lost does not keep the others of its batch from being written.
     */
    @Test
    protected void writesTheOthersWhenOneWasTakenOver() {
        OutboxEntry lost = store("one", Duration.ofMillis(300)).add(List.of(message(1, null, true))).get(0);
        OutboxStore one = store("one", Duration.ofMinutes(5));
        List<OutboxEntry> held = one
            .add(IntStream.rangeClosed(2, 5).mapToObj((id) -> message(id, null, true)).toList());
        OutboxStore other = store("two", Duration.ofMinutes(5));
        List<OutboxEntry> taken = new ArrayList<>();
        Polling.until(() -> taken.addAll(other.claim(10, this.scope)), (some) -> some);
        assertThat(taken).extracting(OutboxEntry::rowId).containsExactly(lost.rowId());

        int refused = one.settle(List.of(sent(held.get(0)), sent(lost), sent(held.get(1)),
                new OutboxOutcome.Again(held.get(2), Duration.ZERO, 1, true, "no answer"),
                new OutboxOutcome.Parked(held.get(3), "too large")));

        assertThat(refused).isOne();
        assertThat(one.settle(List.of(sent(held.get(0)), sent(held.get(1))))).as("they are marked").isEqualTo(2);
        assertThat(claimed(one, 10)).as("goes on").containsExactly(held.get(2).message().id());
        assertThat(one.parked(1000)).anySatisfy((parked) -> assertThat(parked.rowId()).isEqualTo(held.get(3).rowId()));
        assertThat(other.settle(List.of(sent(taken.get(0))))).as("was not changed").isZero();
    }

    /** An earlier claim of the same instance writes nothing, either. */
    @Test
    protected void refusesAnEarlierClaimOfTheSameInstance() {
        OutboxStore one = store("one", Duration.ofMillis(300));
        List<OutboxEntry> first = one.add(List.of(message(1, null, true), message(2, null, true)));
        List<OutboxEntry> second = new ArrayList<>();
        Polling.until(() -> second.addAll(store("one", Duration.ofMinutes(5)).claim(10, this.scope)),
                (some) -> second.size() == 2);

        assertThat(one.settle(first.stream().map(OutboxStoreContract::sent).toList())).isEqualTo(2);
        assertThat(one.settle(second.stream().map(OutboxStoreContract::sent).toList())).isZero();
    }

    /** A claim takes the oldest. */
    @Test
    protected void claimsTheOldestFirst() {
        for (long id = 1; id <= 3; id++) {
            store().add(List.of(message(id, null, false)));
            long stored = System.nanoTime();
            // Due times are milliseconds.
            Polling.until(System::nanoTime, (now) -> now - stored > 2_000_000);
        }

        assertThat(claimed(store(), 2)).containsExactlyInAnyOrder(1L, 2L);
        assertThat(claimed(store(), 2)).containsExactly(3L);
    }

    /** A topic with a backlog leaves room for the others. */
    @Test
    protected void sharesAClaimOutAmongTopics() {
        store().add(IntStream.rangeClosed(1, 50).mapToObj((id) -> message("a-backlog", id, new byte[1])).toList());
        store().add(List.of(message("few", 51, new byte[1]), message("few", 52, new byte[1])));

        assertThat(claimed(store(), 10)).hasSizeBetween(7, 10).contains(51L, 52L);
    }

    /** What one claim takes is bounded in bytes, too, but a large message is not left. */
    @Test
    protected void claimsFewLargeMessages() {
        byte[] large = new byte[5 * 1024 * 1024];
        store().add(IntStream.rangeClosed(1, 3).mapToObj((id) -> message("large", id, large)).toList());

        List<Long> first = claimed(store(), 100);
        List<Long> second = claimed(store(), 100);

        assertThat(first).hasSize(1);
        assertThat(second).hasSize(1).doesNotContainAnyElementsOf(first);
    }

    private OutboxMessage message(String topic, long id, byte[] body) {
        return new OutboxMessage(this.cluster,
                new PreparedMessage(id, "U" + id, topic, null, List.of("" + id), body, Map.of(), null, null), false, 0,
                false, null);
    }

    /** What is stored after failed attempts waits, if it is told to. */
    @Test
    protected void waitsAsItIsTold() {
        PreparedMessage message = message(1, null, false).message();
        store()
            .add(List.of(new OutboxMessage(this.cluster, message, false, 2, true, "no answer", Duration.ofMinutes(5)),
                    new OutboxMessage(this.cluster, message, false, 2, true, "no answer", Duration.ZERO)));

        assertThat(claimed(store(), 10)).hasSize(1);
    }

    /** Several instances at once get each message once. */
    @Test
    protected void claimsEachMessageOnce() throws Exception {
        store().add(IntStream.rangeClosed(1, 200).mapToObj((id) -> message(id, null, false)).toList());
        ConcurrentLinkedQueue<Long> ids = new ConcurrentLinkedQueue<>();

        Concurrently.run(8, (thread) -> {
            OutboxStore store = store("instance-" + thread, Duration.ofMinutes(5));
            for (List<Long> some = claimed(store, 7); !some.isEmpty(); some = claimed(store, 7)) {
                ids.addAll(some);
            }
            return true;
        });

        ids.addAll(claimed(store(), 200));
        assertThat(ids).hasSize(200).doesNotHaveDuplicates();
    }

    /** A failed message is due again after its delay, and tells of its attempts. */
    @Test
    protected void waitsBeforeAnotherAttempt() {
        store().add(List.of(message(1, null, false), message(2, null, false)));
        List<OutboxEntry> entries = store().claim(2, this.scope);
        store().settle(List.of(new OutboxOutcome.Again(entries.get(0), Duration.ofMinutes(5), 1, true, "no answer"),
                new OutboxOutcome.Again(entries.get(1), Duration.ZERO, 2, false, "x".repeat(5000))));

        List<OutboxEntry> again = store().claim(10, this.scope);

        assertThat(again).singleElement().satisfies((entry) -> {
            assertThat(entry.rowId()).isEqualTo(entries.get(1).rowId());
            assertThat(entry.attempts()).isEqualTo(2);
        });
    }

    /** Clusters without a connection and paused topics are passed over. */
    @Test
    protected void staysInItsScope() {
        store().add(List.of(message(1, null, false), message(2, "k", false)));
        OutboxScope paused = new OutboxScope(Set.of(this.cluster), Set.of(new ClusterTopic(this.cluster, "orders")));
        OutboxScope elsewhere = new OutboxScope(Set.of(StoredMessage.DEFAULT_CLUSTER + "-x"), Set.of());

        assertThat(store().claim(10, paused)).isEmpty();
        assertThat(store().claim(10, elsewhere)).isEmpty();
        assertThat(store().dueKeys(10, paused)).isEmpty();
        assertThat(store().dueKeys(10, this.scope)).containsExactly(key("k"));
    }

    /** A key's messages come in order, and to one instance at a time. */
    @Test
    protected void givesAKeyToOneInstanceAtATime() {
        store().add(List.of(message(3, "k", false), message(1, "k", false), message(9, "other", false)));
        store().add(List.of(message(2, "k", false)));
        OutboxStore one = store("one", Duration.ofMinutes(5));
        OutboxStore two = store("two", Duration.ofMinutes(5));
        assertThat(one.claim(10, this.scope)).as("ordered messages are not claimed singly").isEmpty();

        List<OutboxEntry> first = one.claimKey(key("k"), 2, false);

        assertThat(first).extracting((entry) -> entry.message().id()).containsExactly(3L, 1L);
        assertThat(two.claimKey(key("k"), 2, false)).isEmpty();
        assertThat(two.dueKeys(10, this.scope)).as("does not stand in the way").containsExactly(key("other"));
        one.settle(List.of(sent(first.get(0)),
                new OutboxOutcome.Again(first.get(1), Duration.ofMinutes(5), 1, true, "no answer")));
        assertThat(two.claimKey(key("k"), 2, false)).as("before the first is due").isEmpty();
        assertThat(claimedOf(two, "other", 2)).containsExactly(9L);
    }

    /** A key goes on where its first message was left. */
    @Test
    protected void goesOnWithTheFirstUnsentMessageOfAKey() {
        store().add(IntStream.rangeClosed(1, 5).mapToObj((id) -> message(id, "k", false)).toList());
        List<OutboxEntry> some = store().claimKey(key("k"), 3, false);
        store().settle(List.of(sent(some.get(0)), new OutboxOutcome.Parked(some.get(1), "too large"),
                new OutboxOutcome.Again(some.get(2), Duration.ZERO, 1, false, null)));

        assertThat(claimedOf(store(), "k", 10)).containsExactly(3L, 4L, 5L);
        assertThat(store().parked(100)).anySatisfy((parked) -> {
            assertThat(parked.id()).isEqualTo(2);
            assertThat(parked.cluster()).isEqualTo(this.cluster);
            assertThat(parked.reason()).isEqualTo("too large");
        });
    }

    /** Whoever has sent the first messages of a key gets the next ones at once. */
    @Test
    protected void goesOnWithoutAWait() {
        store().add(IntStream.rangeClosed(1, 5).mapToObj((id) -> message(id, "k", false)).toList());
        List<OutboxEntry> some = store().claimKey(key("k"), 2, false);
        assertThat(store("other", Duration.ofMinutes(5)).claimKey(key("k"), 2, true)).as("claimed").isEmpty();
        store().settle(some.stream().map(OutboxStoreContract::sent).toList());

        assertThat(store().claimKey(key("k"), 2, true)).extracting((entry) -> entry.message().id())
            .containsExactly(3L, 4L);
    }

    /** The order of a key is that of the commits, whoever commits. */
    @Test
    protected void ordersAKeyByCommits() throws Exception {
        ConcurrentLinkedQueue<Long> committed = new ConcurrentLinkedQueue<>();
        TransactionTemplate transaction = new TransactionTemplate(transactionManager());
        Concurrently.run(6, (thread) -> {
            for (int i = 0; i < 10; i++) {
                long id = thread * 1000L + i;
                transaction.executeWithoutResult((status) -> {
                    store().addInTransaction(List.of(message(id, "k", false), message(id + 500, "z", false)));
                    // The counter's row is locked now, so this is the order of commits.
                    committed.add(id);
                });
            }
            return true;
        });

        assertThat(claimedOf(store(), "k", 1000)).containsExactlyElementsOf(committed);
        assertThat(claimedOf(store(), "z", 1000))
            .containsExactlyElementsOf(committed.stream().map((id) -> id + 500).toList());
    }

    /** Keys differ by case, accents and trailing blanks. */
    @Test
    protected void tellsSimilarKeysApart() {
        List<String> keys = List.of("k", "K", "k ", "ķ");
        store().add(IntStream.range(0, keys.size()).mapToObj((i) -> message(i + 1L, keys.get(i), false)).toList());

        for (int i = 0; i < keys.size(); i++) {
            assertThat(claimedOf(store(), keys.get(i), 10)).as(keys.get(i)).containsExactly(i + 1L);
        }
    }

    /** Parked messages wait for an operator. */
    @Test
    protected void releasesAndDiscardsParkedMessages() {
        store().add(List.of(message(1, null, false), message(2, null, false)));
        List<OutboxEntry> entries = store().claim(2, this.scope);
        store().settle(entries.stream().<OutboxOutcome>map((it) -> new OutboxOutcome.Parked(it, "too large")).toList());
        assertThat(store().claim(2, this.scope)).isEmpty();

        assertThat(store().release(entries.get(0).rowId())).isTrue();
        assertThat(store().release(entries.get(0).rowId())).isFalse();
        assertThat(store().discard(entries.get(1).rowId(), "not needed")).isTrue();
        assertThat(store().discard(entries.get(1).rowId(), "not needed")).isFalse();

        assertThat(claimed(store(), 10)).containsExactly(entries.get(0).message().id());
    }

    /** Only what was sent or discarded goes. */
    @Test
    protected void purgesWhatIsDone() {
        store().add(List.of(message(1, null, false), message(2, null, false), message(3, "k", false)));
        List<OutboxEntry> entries = store().claim(2, this.scope);
        store().settle(
                List.of(sent(entries.get(0)), new OutboxOutcome.Again(entries.get(1), Duration.ZERO, 1, false, null)));

        Polling.until(() -> store().purge(Duration.ofMillis(1), 1000), (rows) -> rows > 0);

        assertThat(claimed(store(), 10)).containsExactly(entries.get(1).message().id());
        assertThat(claimedOf(store(), "k", 10)).containsExactly(3L);
        assertThat(store().statistics().oldestPending()).isPositive();
    }

}
