package io.reliablemq.outbox;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

import io.reliablemq.producer.PreparedMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@Timeout(60)
class CommittedMessagesTests {

    /** A context can be stopped and started again. */
    @Test
    void takesMessagesAgainAfterItWasStoppedWhileManyWaited() throws InterruptedException {
        CountDownLatch sending = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        CommittedMessages committed = new CommittedMessages(new LaneConcurrency(8), new DestinationPauses(),
                (entries, place) -> {
                    sending.countDown();
                    try {
                        stopped.await();
                    }
                    catch (InterruptedException ex) {
                        Thread.currentThread().interrupt();
                    }
                }, (entries) -> {
                });
        committed.start();
        assertThat(committed.offer(entries("hangs", 1))).isEmpty();
        assertThat(sending.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(committed.offer(entries("hangs", 2500))).hasSize(501);

        assertThat(committed.stop(System.nanoTime())).hasSizeGreaterThan(1900);
        stopped.countDown();
        committed.start();

        await().untilAsserted(() -> assertThat(committed.offer(entries("others", 100))).isEmpty());
        committed.stop(System.nanoTime() + TimeUnit.SECONDS.toNanos(10));
    }

    private static List<OutboxEntry> entries(String topic, int count) {
        return LongStream.rangeClosed(1, count)
            .mapToObj(
                    (id) -> new OutboxEntry(id, 1, "default",
                            new PreparedMessage(id, "U" + id, topic, null, List.of(), new byte[1], Map.of(), null,
                                    null),
                            0, Long.MAX_VALUE))
            .toList();
    }

}
