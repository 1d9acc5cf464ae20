package io.reliablemq.idempotency;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.idempotency.InMemoryIdempotencyStore.Operation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** The store is away for longer than the lease, between effect and completion. */
@Timeout(60)
class LateCompletionTests {

    private static final Duration LEASE = Duration.ofMillis(100);

    private final MutableClock clock = new MutableClock();

    private final InMemoryIdempotencyStore store = new InMemoryIdempotencyStore(this.clock);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private LeaseKeeper keeper;

    @AfterEach
    void close() {
        this.keeper.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void completesWithTheSameTokenWhenTheStoreIsBack(boolean deferred) {
        loseCompletions(deferred);

        this.store.fail(Operation.COMPLETE, null);
        await().until(() -> this.store.isDone(key(1)) && this.store.isDone(key(2)));
        assertThat(count("reliable.mq.completion.lost")).isEqualTo(2);
        assertThat(count("reliable.mq.lease.lost")).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void leavesAloneWhatWasTakenOver(boolean deferred) {
        loseCompletions(deferred);
        this.store.takeOver(key(1), Duration.ofMinutes(1));

        this.store.fail(Operation.COMPLETE, null);
        await().until(() -> this.store.isDone(key(2)) && count("reliable.mq.lease.lost") == 1);
        assertThat(this.store.isDone(key(1))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void triesOnceMoreWhenItIsClosed(boolean deferred) {
        loseCompletions(deferred);

        this.store.fail(Operation.COMPLETE, null);
        this.keeper.close();
        assertThat(this.store.isDone(key(1))).isTrue();
        assertThat(this.store.isDone(key(2))).isTrue();
    }

    private void loseCompletions(boolean deferred) {
        this.keeper = new LeaseKeeper(this.store, this.meters, deferred);
        this.store.fail(Operation.COMPLETE);
        this.store.fail(Operation.RENEW);
        Callable<Integer> action = () -> 1;
        List<GuardedCall<Integer>> calls = LongStream.of(1, 2)
            .mapToObj((id) -> new GuardedCall<>(key(id), 1, action))
            .toList();
        assertThat(new LeaseGuard(this.store, this.keeper, LEASE, Duration.ofDays(7), this.clock).executeAll(calls))
            .allMatch(CallOutcome::isDone);
        await().until(() -> count("reliable.mq.completion.lost") == 2);
    }

    private double count(String meter) {
        return this.meters.get(meter).counter().count();
    }

    private static RecordKey key(long id) {
        return RecordKey.ofMessageId("g", id);
    }

}
