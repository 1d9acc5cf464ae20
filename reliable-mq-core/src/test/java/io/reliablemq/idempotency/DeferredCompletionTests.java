package io.reliablemq.idempotency;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.LongStream;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.cumulative.CumulativeCounter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.idempotency.InMemoryIdempotencyStore.Operation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@Timeout(60)
class DeferredCompletionTests {

    private static final Duration LEASE = Duration.ofMinutes(1);

    private final MutableClock clock = new MutableClock();

    private final InMemoryIdempotencyStore store = new InMemoryIdempotencyStore(this.clock);

    private final AtomicBoolean unspeakable = new AtomicBoolean();

    private final AtomicInteger spoken = new AtomicInteger();

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry() {

        @Override
        protected Counter newCounter(Meter.Id id) {
            return new CumulativeCounter(id) {

                @Override
                public void increment(double amount) {
                    if (DeferredCompletionTests.this.unspeakable.get()) {
                        DeferredCompletionTests.this.spoken.incrementAndGet();
                        throw new LinkageError("a meter of the application's");
                    }
                    super.increment(amount);
                }

            };
        }

    };

    private final CountDownLatch held = new CountDownLatch(1);

    private volatile Consumer<List<Lease>> beforeCompletion = (leases) -> {
    };

    private final LeaseKeeper keeper = new LeaseKeeper(interceptedStore(), this.meters, true);

    @AfterEach
    void close() {
        this.held.countDown();
        this.keeper.close();
    }

    @Test
    void answersBeforeTheRecordIsDone() throws Exception {
        this.beforeCompletion = (leases) -> hold();

        assertThat(guard(LEASE).execute(key(1), 1, () -> "value")).isEqualTo(new GuardResult.Processed<>("value"));
        assertThat(this.store.isDone(key(1))).isFalse();
        assertThat(guard(LEASE).execute(key(1), 1, () -> "again")).isInstanceOf(GuardResult.InProgress.class);

        this.held.countDown();
        this.keeper.flush();
        assertThat(this.store.isDone(key(1))).isTrue();
        assertThat(guard(LEASE).execute(key(1), 1, () -> "again")).isEqualTo(new GuardResult.Duplicate<>());
    }

    @Test
    void completesAtOnceAfterTheFlush() throws Exception {
        this.keeper.flush();

        guard(LEASE).execute(key(1), 1, () -> "value");

        assertThat(this.store.isDone(key(1))).isTrue();
    }

    @Test
    void completesOfItsOwnAccord() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        this.beforeCompletion = (leases) -> asked.countDown();

        guard(LEASE).execute(key(1), 1, () -> "value");

        asked.await();
    }

    @Test
    void triesAgainAfterAFailure() throws Exception {
        CountDownLatch failures = new CountDownLatch(3);
        this.beforeCompletion = (leases) -> {
            if (failures.getCount() > 0) {
                failures.countDown();
                throw new IdempotencyStoreException("The store is away", new IllegalStateException());
            }
        };

        guard(LEASE).execute(key(1), 1, () -> "value");
        failures.await();
        this.keeper.flush();

        assertThat(this.store.isDone(key(1))).isTrue();
        assertThat(completionsLost()).isZero();
    }

    @Test
    void saysWhatCouldNotBeCompletedBeforeTheLeaseEnded() throws Exception {
        this.store.fail(Operation.COMPLETE);

        guard(Duration.ofMillis(200)).execute(key(1), 1, () -> "value");
        this.keeper.flush();

        assertThat(this.store.isDone(key(1))).isFalse();
        assertThat(completionsLost()).isOne();
    }

    @Test
    void completesTheOthersWhereOneCannotBe() throws Exception {
        this.beforeCompletion = (leases) -> {
            if (leases.stream().anyMatch((lease) -> lease.key().equals(key(7)))) {
                throw new IllegalStateException("unreadable record");
            }
        };
        List<RecordKey> keys = LongStream.range(0, 40).mapToObj(DeferredCompletionTests::key).toList();

        for (RecordKey key : keys) {
            guard(Duration.ofSeconds(10)).execute(key, 1, () -> "value");
        }
        this.keeper.flush();

        assertThat(keys).filteredOn((key) -> !this.store.isDone(key)).containsExactly(key(7));
        assertThat(completionsLost()).isOne();
    }

    /** A meter of the application's, a logger without memory. */
    @Test
    void completesTheOthersThoughTheLossOfOneCannotEvenBeSaid() throws Exception {
        this.unspeakable.set(true);
        this.store.fail(Operation.COMPLETE);
        guard(Duration.ofMillis(200)).execute(key(1), 1, () -> "value");
        guard(LEASE).execute(key(2), 1, () -> "value");
        await().until(() -> this.spoken.get() > 0);

        this.store.fail(Operation.COMPLETE, null);
        this.keeper.flush();

        assertThat(this.store.isDone(key(2))).isTrue();
        await().untilAsserted(() -> assertThat(this.store.isDone(key(1))).as("late").isTrue());
    }

    @Test
    void completesItselfWhatFindsNoPlace() throws Exception {
        this.beforeCompletion = (leases) -> hold();
        LeaseGuard guard = guard(LEASE);
        for (long id = 0; id < DeferredCompletions.CAPACITY; id++) {
            guard.execute(key(id), 1, () -> "value");
        }

        guard.execute(key(-1), 1, () -> "value");

        assertThat(this.store.isDone(key(-1))).isTrue();
        assertThat(this.store.isDone(key(0))).isFalse();
    }

    @Test
    void reportsALeaseThatWasLostMeanwhile() throws Exception {
        this.beforeCompletion = (leases) -> hold();
        guard(LEASE).execute(key(1), 1, () -> "value");
        this.store.takeOver(key(1), LEASE);
        this.held.countDown();
        this.keeper.flush();

        assertThat(this.store.isDone(key(1))).isFalse();
        assertThat(this.meters.counter("reliable.mq.lease.lost").count()).isOne();
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

    private double completionsLost() {
        return this.meters.counter("reliable.mq.completion.lost").count();
    }

    private LeaseGuard guard(Duration lease) {
        return new LeaseGuard(this.store, this.keeper, lease, Duration.ofDays(7), this.clock);
    }

    private static RecordKey key(long id) {
        return RecordKey.ofMessageId("g", id);
    }

    /** Completing many is intercepted, completing one is not. */
    @SuppressWarnings("unchecked")
    private IdempotencyStore interceptedStore() {
        return (IdempotencyStore) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[] { IdempotencyStore.class }, (proxy, method, arguments) -> {
                    if (method.getName().equals("completeAll")) {
                        this.beforeCompletion.accept((List<Lease>) arguments[0]);
                    }
                    try {
                        return method.invoke(this.store, arguments);
                    }
                    catch (InvocationTargetException ex) {
                        throw ex.getCause();
                    }
                });
    }

}
