package io.reliablemq.rocketmq.transport;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;

import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.rocketmq.ClientMessages;
import org.apache.rocketmq.common.message.MessageBatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

class MessageBatchesTests {

    private static final long LARGE = 4 * 1024 * 1024;

    private static final Instant LATER = Instant.ofEpochMilli(1234);

    @Test
    void takesNeighboursThatDifferInTagKeysAndHeaders() {
        List<PreparedMessage> messages = List.of(message("orders", "a", List.of("1"), Map.of("x", "1")),
                message("orders", "b", List.of("2", "3"), Map.of()),
                message("orders", null, List.of(), Map.of("y", "2")));

        assertThat(size(messages)).isEqualTo(3);
        assertThatCode(() -> MessageBatch.generateFromList(messages.stream().map(ClientMessages::outgoing).toList()))
            .as("so does the client")
            .doesNotThrowAnyException();
    }

    @Test
    void endsAtAnotherTopic() {
        assertThat(size(List.of(plain(), plain(), message("others", null, List.of(), Map.of()), plain()))).isEqualTo(2);
    }

    @Test
    void endsAtAnotherOrderingKey() {
        assertThat(size(List.of(ordered("a"), ordered("a"), ordered("b"), ordered("a")))).isEqualTo(2);
        assertThat(size(List.of(ordered("a"), plain()))).isOne();
        assertThat(size(List.of(plain(), ordered("a")))).isOne();
    }

    @Test
    void leavesDelayedMessagesAlone() {
        assertThat(size(List.of(plain(), plain(), delayed(), plain()))).isEqualTo(2);
        assertThat(size(List.of(delayed(), plain()))).isOne();
        assertThat(size(List.of(delayed(), delayed()))).as("due at the same time").isOne();
    }

    @Test
    void takesAHundredAtMost() {
        assertThat(size(Collections.nCopies(250, plain()))).isEqualTo(100);
    }

    @Test
    void takesAMebibyteAtMost() {
        assertThat(size(Collections.nCopies(50, withBody(100_000)))).isEqualTo(10);
    }

    @Test
    void takesWhatOneMessageMayHaveAtMost() {
        List<PreparedMessage> messages = Collections.nCopies(50, withBody(1000));

        assertThat(MessageBatches.size(messages, 4096)).as("512 more for each").isEqualTo(2);
        assertThat(MessageBatches.size(messages, 100)).as("the first in any case").isOne();
    }

    @Test
    void countsKeysAndHeadersIn() {
        String text = "ü".repeat(1000);

        assertThat(MessageBatches.size(Collections.nCopies(9, message("orders", null, List.of(text), Map.of())), 8000))
            .as("3 bytes for a character")
            .isEqualTo(2);
        assertThat(MessageBatches.size(Collections.nCopies(9, message("orders", null, List.of(), Map.of("x", text))),
                8000))
            .isEqualTo(2);
    }

    private static int size(List<PreparedMessage> messages) {
        return MessageBatches.size(messages, LARGE);
    }

    private static PreparedMessage plain() {
        return message("orders", null, List.of(), Map.of());
    }

    private static PreparedMessage ordered(String key) {
        return new PreparedMessage(1, "UNIQ", "orders", null, List.of(), new byte[1], Map.of(), key, null);
    }

    private static PreparedMessage delayed() {
        return new PreparedMessage(1, "UNIQ", "orders", null, List.of(), new byte[1], Map.of(), null, LATER);
    }

    private static PreparedMessage withBody(int bytes) {
        return new PreparedMessage(1, "UNIQ", "orders", null, List.of(), new byte[bytes], Map.of(), null, null);
    }

    private static PreparedMessage message(String topic, @Nullable String tag, List<String> keys,
            Map<String, String> headers) {
        return new PreparedMessage(1, "UNIQ", topic, tag, keys, new byte[1], headers, null, null);
    }

}
