package io.reliablemq.outbox.jdbc;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.reliablemq.message.StoredMessage;
import io.reliablemq.outbox.jdbc.SentQueue.Sent;
import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.SendTarget;
import io.reliablemq.producer.StorageStatus;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SentQueueTests {

    private final SentQueue queue = new SentQueue(100_000);

    @Test
    void isBoundedByBytesUntilTheyAreWritten() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            assertThat(this.queue.offer(sent(30_000))).isTrue();
        }
        assertThat(this.queue.offer(sent(30_000))).isFalse();
        assertThat(this.queue.offer(sent(1000))).isTrue();

        List<Sent> taken = this.queue.take();

        assertThat(taken).hasSize(4);
        assertThat(this.queue.offer(sent(30_000))).isFalse();
        this.queue.written(taken);
        assertThat(this.queue.offer(sent(30_000))).isTrue();
    }

    @Test
    void hasRoomForOneMessageHoweverLarge() {
        assertThat(this.queue.offer(sent(5_000_000))).isTrue();
        assertThat(this.queue.offer(sent(1))).isFalse();
    }

    @Test
    void isBoundedByNumber() throws InterruptedException {
        SentQueue wide = new SentQueue(Long.MAX_VALUE);
        for (int i = 0; i < 10_000; i++) {
            assertThat(wide.offer(sent(1))).isTrue();
        }
        assertThat(wide.offer(sent(1))).isFalse();
        assertThat(wide.take()).hasSize(500);
    }

    @Test
    void takesAFewLargeOnesAtOnce() throws InterruptedException {
        SentQueue wide = new SentQueue(Long.MAX_VALUE);
        for (int i = 0; i < 5; i++) {
            assertThat(wide.offer(sent(1_500_000))).isTrue();
        }
        assertThat(wide.take()).hasSize(3);
    }

    private static Sent sent(int bytes) {
        return new Sent(
                new StoredMessage(1L, "U1", "default", "orders", null, List.of("1"), null, Map.of(), new byte[bytes],
                        null),
                new AttemptResult.Stored(new SendTarget("broker-a", 1), StorageStatus.REPLICATED, 1), Instant.EPOCH);
    }

}
