package io.reliablemq.outbox;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.LongStream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.SendLimits;
import io.reliablemq.producer.SendOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application closes also while its database does not answer: what is not given back
 * becomes free when its claim ends.
 */
@Timeout(60)
class RelayUpkeepTests {

    private final AtomicInteger calls = new AtomicInteger();

    @Test
    void stopsWhenTheDatabaseHangs() {
        CountDownLatch never = new CountDownLatch(1);
        RelayUpkeep upkeep = upkeep((outcomes) -> {
            awaitUninterruptibly(never);
            return 0;
        });
        upkeep.giveBack(entries(3));

        upkeep.stop(System.nanoTime());

        assertThat(this.calls).hasValue(1);
        never.countDown();
    }

    /** Each question may take as long as the pool waits for a connection. */
    @Test
    void asksADatabaseThatIsAwayNoMoreThanAFewTimes() {
        RelayUpkeep upkeep = upkeep((outcomes) -> {
            throw new IllegalStateException("away");
        });
        upkeep.giveBack(entries(5000));

        upkeep.stop(System.nanoTime());

        assertThat(this.calls.get()).isLessThan(10);
    }

    @Test
    void givesAllBack() {
        AtomicInteger given = new AtomicInteger();
        RelayUpkeep upkeep = upkeep((outcomes) -> {
            given.addAndGet(outcomes.size());
            return 0;
        });
        upkeep.giveBack(entries(5000));

        upkeep.stop(System.nanoTime());

        assertThat(given).hasValue(5000);
    }

    private RelayUpkeep upkeep(Function<Collection<OutboxOutcome>, Integer> settle) {
        OutboxStore store = store(settle);
        OutboxOptions options = OutboxOptions.defaults(SendOptions.defaults());
        OutboxMeters meters = new OutboxMeters(store, new SimpleMeterRegistry());
        OutboxDispatcher delivery = new OutboxDispatcher(store,
                new OutboxSender(new OutboxClusters(), new DestinationPauses(), options, SendLimits.none()), meters,
                100);
        return new RelayUpkeep(delivery, meters, new OutboxPurge(store, Duration.ofDays(1)), () -> {
        }, Duration.ofMillis(20));
    }

    @SuppressWarnings("unchecked")
    private OutboxStore store(Function<Collection<OutboxOutcome>, Integer> settle) {
        return (OutboxStore) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { OutboxStore.class },
                (proxy, method, arguments) -> {
                    if (!method.getName().equals("settle")) {
                        throw new UnsupportedOperationException(method.getName());
                    }
                    this.calls.incrementAndGet();
                    return settle.apply((Collection<OutboxOutcome>) arguments[0]);
                });
    }

    private static List<OutboxEntry> entries(int count) {
        long end = System.nanoTime() + Duration.ofMinutes(5).toNanos();
        return LongStream.rangeClosed(1, count)
            .mapToObj(
                    (id) -> new OutboxEntry(id, 1, "default",
                            new PreparedMessage(id, "U" + id, "orders", null, List.of(), new byte[1], Map.of(), null,
                                    null),
                            0, end))
            .toList();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        boolean over = false;
        while (!over) {
            try {
                latch.await();
                over = true;
            }
            catch (InterruptedException ex) {
                over = false;
            }
        }
    }

}
