package io.reliablemq.test.outbox;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.MessageTransport;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.SendTarget;
import io.reliablemq.producer.StorageStatus;
import org.jspecify.annotations.Nullable;

/**
 * Remembers what was handed over, and answers as told.
 */
class RecordingTransport implements MessageTransport {

    static final SendTarget QUEUE = new SendTarget("broker-a", 1);

    final List<List<PreparedMessage>> batches = new CopyOnWriteArrayList<>();

    volatile Function<List<PreparedMessage>, AttemptResult> answer = (messages) -> stored();

    /** Where messages of an ordering key go. */
    volatile Function<String, @Nullable String> broker = (key) -> null;

    static AttemptResult stored() {
        return new AttemptResult.Stored(QUEUE, StorageStatus.REPLICATED, 5);
    }

    List<String> sent() {
        return this.batches.stream().flatMap(List::stream).map((message) -> new String(message.body())).toList();
    }

    @Override
    public PreparedMessage prepare(ReliableMessage<?> message, long id, @Nullable Instant deliverAt) {
        return new PreparedMessage(id, "UNIQ" + id, message.topic(), message.tag(), message.keys(),
                message.payload().toString().getBytes(), Map.copyOf(message.headers()), message.orderingKey(),
                deliverAt);
    }

    @Override
    public @Nullable String brokerOf(String topic, String orderingKey) {
        return this.broker.apply(orderingKey);
    }

    @Override
    public AttemptResult send(PreparedMessage message, @Nullable SendTarget failed, Duration timeout) {
        return sendBatch(List.of(message), failed, timeout);
    }

    @Override
    public int batchSize(List<PreparedMessage> messages) {
        return Math.min(10, messages.size());
    }

    @Override
    public AttemptResult sendBatch(List<PreparedMessage> messages, @Nullable SendTarget failed, Duration timeout) {
        AttemptResult result = this.answer.apply(messages);
        if (result instanceof AttemptResult.Stored) {
            this.batches.add(List.copyOf(messages));
        }
        return result;
    }

}
