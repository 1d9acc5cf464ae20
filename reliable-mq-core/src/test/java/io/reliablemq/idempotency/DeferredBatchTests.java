package io.reliablemq.idempotency;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Batches whose completion is deferred. What is deferred is held up until a test lets it
 * go; what a batch completes itself is not.
 */
@Timeout(60)
class DeferredBatchTests {

    private static final int BATCH = 32;

    private static final Duration LEASE = Duration.ofMinutes(1);

    private final MutableClock clock = new MutableClock();

    private final InMemoryIdempotencyStore store = new InMemoryIdempotencyStore(this.clock);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private final CountDownLatch begun = new CountDownLatch(1);

    private final CountDownLatch held = new CountDownLatch(1);

    private final LeaseKeeper keeper = new LeaseKeeper(storeThatHoldsUpWhatIsDeferred(), this.meters, true);

    private final List<Long> ran = Collections.synchronizedList(new ArrayList<>());

    private final List<Long> failing = new ArrayList<>();

    @AfterEach
    void close() {
        this.held.countDown();
        this.keeper.close();
    }

    @Test
    void answersForABatchBeforeItsRecordsAreDone() {
        assertThat(results(LEASE, 0, BATCH)).containsOnly(GuardResult.Processed.class);
        assertThat(done(0, BATCH)).isZero();
        assertThat(results(LEASE, 0, BATCH)).containsOnly(GuardResult.InProgress.class);

        letGo();

        assertThat(done(0, BATCH)).isEqualTo(BATCH);
        assertThat(results(LEASE, 0, BATCH)).containsOnly(GuardResult.Duplicate.class);
        assertThat(this.ran).hasSize(BATCH).doesNotHaveDuplicates();
        assertThat(counter("reliable.mq.lease.lost")).isZero();
    }

    @Test
    void releasesAtOnceWhatFailsInABatch() {
        this.failing.add(7L);
        List<CallOutcome<Long>> outcomes = run(LEASE, 0, BATCH);
        assertThat(outcomes).filteredOn(CallOutcome.Failed.class::isInstance).hasSize(1).contains(outcomes.get(7));

        this.failing.clear();
        assertThat(results(LEASE, 6, 9)).containsExactly(GuardResult.InProgress.class, GuardResult.Processed.class,
                GuardResult.InProgress.class);
        letGo();
        assertThat(done(0, BATCH)).isEqualTo(BATCH);
        assertThat(this.ran).hasSize(BATCH).doesNotHaveDuplicates();
    }

    @Test
    void renewsTheLeasesOfABatchThatWaits() throws Exception {
        Duration lease = Duration.ofMillis(60);
        run(LEASE, -2, 0);
        assertThat(this.begun.await(30, TimeUnit.SECONDS)).isTrue();
        run(lease, 0, BATCH);

        for (int i = 0; i < 3; i++) {
            this.clock.advance(Duration.ofMillis(40));
            assertThat(this.store.expectRenewals(2).await(30, TimeUnit.SECONDS)).isTrue();
        }

        assertThat(results(LEASE, 0, BATCH)).as("longer than their lease").containsOnly(GuardResult.InProgress.class);
        letGo();
        assertThat(done(0, BATCH)).isEqualTo(BATCH);
        assertThat(counter("reliable.mq.lease.lost")).isZero();
    }

    @Test
    void reportsWhatABatchLostMeanwhile() {
        run(LEASE, 0, BATCH);
        this.store.takeOver(key(3), LEASE);
        this.store.takeOver(key(30), LEASE);

        letGo();

        assertThat(counter("reliable.mq.lease.lost")).isEqualTo(2);
        assertThat(done(0, BATCH)).isEqualTo(BATCH - 2);
        assertThat(this.store.isDone(key(3))).as("belongs to the other instance").isFalse();
    }

    @Test
    void completesItselfWhatOfABatchFindsNoPlace() {
        int room = BATCH / 2;
        int waiting = DeferredCompletions.CAPACITY - room;
        for (int first = 0; first < waiting; first += room) {
            run(LEASE, first, first + room);
        }

        run(LEASE, waiting, waiting + BATCH);

        assertThat(done(0, waiting)).isZero();
        assertThat(done(waiting, waiting + BATCH)).isEqualTo(BATCH - room);
        letGo();
        assertThat(done(0, waiting + BATCH)).isEqualTo(waiting + BATCH);
        assertThat(counter("reliable.mq.completion.lost")).isZero();
    }

    private void letGo() {
        this.held.countDown();
        this.keeper.flush();
    }

    private List<Class<?>> results(Duration lease, long from, long to) {
        List<Class<?>> results = new ArrayList<>();
        for (CallOutcome<Long> outcome : run(lease, from, to)) {
            results.add(((CallOutcome.Decided<Long>) outcome).result().getClass());
        }
        return results;
    }

    private List<CallOutcome<Long>> run(Duration lease, long from, long to) {
        LeaseGuard guard = new LeaseGuard(this.store, this.keeper, lease, Duration.ofDays(7), this.clock);
        return guard.executeAll(LongStream.range(from, to).mapToObj((id) -> {
            Callable<Long> action = () -> process(id);
            return new GuardedCall<>(key(id), 1, action);
        }).toList());
    }

    private long process(long id) {
        if (this.failing.contains(id)) {
            throw new IllegalStateException("poison");
        }
        this.ran.add(id);
        return id;
    }

    private long done(long from, long to) {
        return LongStream.range(from, to).filter((id) -> this.store.isDone(key(id))).count();
    }

    private double counter(String name) {
        return this.meters.counter(name).count();
    }

    private static RecordKey key(long id) {
        return RecordKey.ofMessageId("g", id);
    }

    private IdempotencyStore storeThatHoldsUpWhatIsDeferred() {
        return (IdempotencyStore) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[] { IdempotencyStore.class }, (proxy, method, arguments) -> {
                    if (Thread.currentThread().getName().equals("reliable-mq-completions")) {
                        this.begun.countDown();
                        hold();
                    }
                    try {
                        return method.invoke(this.store, arguments);
                    }
                    catch (InvocationTargetException ex) {
                        throw ex.getCause();
                    }
                });
    }

    private void hold() {
        boolean waiting = true;
        while (waiting) {
            try {
                this.held.await();
                waiting = false;
            }
            catch (InterruptedException ex) {
                // goes on
            }
        }
    }

}
