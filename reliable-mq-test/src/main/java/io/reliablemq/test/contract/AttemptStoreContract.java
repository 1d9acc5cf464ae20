package io.reliablemq.test.contract;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.retry.Attempt;
import io.reliablemq.retry.AttemptStore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What every {@link AttemptStore} does. Each test uses a consumer group of its own, so
 * one store can serve all of them.
 */
public abstract class AttemptStoreContract {

    private String group = "";

    /**
     * For the test class that names the store.
     */
    protected AttemptStoreContract() {
    }

    /**
     * The store under test.
     * @return a store, the same or another one at each call, on the same states
     */
    protected abstract AttemptStore store();

    /**
     * Whether old states go by {@link AttemptStore#purge} and not by themselves.
     * @return {@code false} for a store that expires them itself
     */
    protected boolean purges() {
        return true;
    }

    @BeforeEach
    void useAnotherGroup() {
        this.group = "GID_" + UUID.randomUUID();
    }

    /**
     * The consumer group of the running test.
     * @return a name that no other test uses
     */
    protected String group() {
        return this.group;
    }

    private static Duration backoff(int failures) {
        return Duration.ofMinutes(10L * failures);
    }

    private RecordKey key(long id) {
        return RecordKey.ofMessageId(this.group, id);
    }

    /** Failures add up, and the next delivery is due after the backoff. */
    @Test
    protected void countsFailures() {
        RecordKey key = key(7);
        assertThat(store().find(key)).isEmpty();
        Attempt first = store().recordFailure(key, new IllegalStateException("secret"), AttemptStoreContract::backoff);
        assertThat(first.failures()).isEqualTo(1);
        assertThat(first.postponements()).isZero();
        assertThat(first.exception()).isEqualTo("java.lang.IllegalStateException");
        assertThat(store().find(key)).contains(first);
        Attempt second = store().recordFailure(key, new AssertionError(), AttemptStoreContract::backoff);
        assertThat(second.failures()).isEqualTo(2);
        assertThat(second.exception()).isEqualTo("java.lang.AssertionError");
        assertThat(store().find(key)).contains(second);
        assertThat(Duration.between(first.nextDue(), second.nextDue())).isBetween(Duration.ofMinutes(9),
                Duration.ofMinutes(15));
    }

    /** A postponed message has not failed. */
    @Test
    protected void countsPostponementsApart() {
        RecordKey key = key(7);
        Attempt first = store().recordPostponement(key, Duration.ofMinutes(1));
        assertThat(first.failures()).isZero();
        assertThat(first.postponements()).isEqualTo(1);
        assertThat(first.exception()).isNull();
        assertThat(store().find(key)).contains(first);
        Attempt failed = store().recordFailure(key, new IllegalStateException(), AttemptStoreContract::backoff);
        assertThat(failed.failures()).isEqualTo(1);
        assertThat(failed.postponements()).isEqualTo(1);
        Attempt again = store().recordPostponement(key, Duration.ofMinutes(1));
        assertThat(again.failures()).isEqualTo(1);
        assertThat(again.postponements()).isEqualTo(2);
        assertThat(again.exception()).isEqualTo("java.lang.IllegalStateException");
        assertThat(again.nextDue()).isBefore(failed.nextDue());
    }

    /** Success or parking ends the story. */
    @Test
    protected void forgetsWhatIsCleared() {
        store().recordFailure(key(7), new IllegalStateException(), AttemptStoreContract::backoff);
        store().recordFailure(key(8), new IllegalStateException(), AttemptStoreContract::backoff);
        store().clear(key(7));
        store().clear(key(7));
        store().clear(key(9));
        assertThat(store().find(key(7))).isEmpty();
        assertThat(store().find(key(8))).isPresent();
        assertThat(store().recordFailure(key(7), new IllegalStateException(), AttemptStoreContract::backoff).failures())
            .isEqualTo(1);
    }

    /** Each message of each group has a count of its own. */
    @Test
    protected void keepsGroupsAndIdentitiesApart() {
        List<RecordKey> keys = List.of(RecordKey.ofBusinessKey(this.group, "a", null),
                RecordKey.ofBusinessKey(this.group, "A", null), RecordKey.ofBusinessKey(this.group, "a ", 7L),
                RecordKey.ofBusinessKey(this.group + "_2", "a", null), key(7), RecordKey.ofUniqKey(this.group, "a"));
        keys.forEach((key) -> assertThat(
                store().recordFailure(key, new IllegalStateException(), AttemptStoreContract::backoff).failures())
            .as(key.toString())
            .isEqualTo(1));
        keys.forEach((key) -> assertThat(store().find(key)).as(key.toString()).isPresent());
    }

    /** No failure goes uncounted, and every caller sees a number of its own. */
    @Test
    protected void countsEveryFailureOfManyThreads() throws Exception {
        int threads = 6;
        int times = 15;
        RecordKey key = key(7);
        List<List<Integer>> seen = Concurrently.run(threads, (thread) -> IntStream.range(0, times)
            .mapToObj((i) -> store().recordFailure(key, new IllegalStateException(), AttemptStoreContract::backoff)
                .failures())
            .toList());
        assertThat(seen.stream().flatMap(List::stream).sorted().toList())
            .isEqualTo(IntStream.rangeClosed(1, threads * times).boxed().toList());
        assertThat(store().find(key))
            .hasValueSatisfying((attempt) -> assertThat(attempt.failures()).isEqualTo(threads * times));
    }

    /** Purging forgets what was due long ago, nothing else. */
    @Test
    protected void purgesOldStates() {
        store().recordPostponement(key(1), Duration.ZERO);
        store().recordPostponement(key(2), Duration.ZERO);
        store().recordFailure(key(3), new IllegalStateException(), AttemptStoreContract::backoff);
        assertThat(store().purge(this.group, Duration.ofDays(1), 100)).isZero();
        assertThat(store().find(key(1))).isPresent();
        if (purges()) {
            Polling.until(() -> store().purge(this.group, Duration.ofMillis(1), 1), (purged) -> purged == 1);
            Polling.until(() -> store().purge(this.group, Duration.ofMillis(1), 1), (purged) -> purged == 1);
            assertThat(store().find(key(1))).isEmpty();
            assertThat(store().find(key(2))).isEmpty();
        }
        assertThat(store().purge(this.group, Duration.ofMillis(1), 100)).isZero();
        assertThat(store().find(key(3))).isPresent();
    }

    /**
     * A business key that is used again does not inherit the failures that an earlier
     * message of it has left behind.
     */
    @Test
    protected void countsFromZeroForAnotherMessageOfTheSameKey() {
        RecordKey first = RecordKey.ofBusinessKey("GID_" + UUID.randomUUID(), "order-1", 1L);
        RecordKey second = RecordKey.ofBusinessKey(first.group(), "order-1", 2L);
        fail(first, Duration.ofDays(-2));
        fail(first, Duration.ofDays(-2));
        assertThat(fail(first, Duration.ofHours(-1)).failures()).as("the same message, long overdue").isEqualTo(3);
        assertThat(fail(second, Duration.ofDays(-2)).failures()).as("a copy under another id").isEqualTo(4);
        assertThat(fail(first, Duration.ofMinutes(1)).failures()).as("the key is used again").isOne();
        RecordKey uniq = RecordKey.ofUniqKey(first.group(), "U");
        fail(uniq, Duration.ofDays(-2));
        assertThat(fail(uniq, Duration.ofDays(-2)).failures()).isEqualTo(2);
    }

    private Attempt fail(RecordKey key, Duration backoff) {
        return store().recordFailure(key, new IllegalStateException(), (failures) -> backoff);
    }

}
