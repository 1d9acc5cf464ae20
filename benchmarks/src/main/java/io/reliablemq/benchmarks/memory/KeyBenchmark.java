package io.reliablemq.benchmarks.memory;

import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.rocketmq.delivery.KeyExpression;
import io.reliablemq.rocketmq.delivery.KeyReader;
import org.apache.rocketmq.common.message.MessageExt;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * A message's identity, from its id and from an expression.
 */
@State(Scope.Benchmark)
public class KeyBenchmark {

    private final MessageExt message = message();

    private final Order order = new Order("order-4711", 3);

    private final KeyReader ids = new KeyReader("points", null);

    private final KeyReader expressions = new KeyReader("points",
            new KeyExpression("points", "#payload.orderId", Order.class));

    private static MessageExt message() {
        MessageExt message = new MessageExt();
        message.setTopic("orders");
        message.putUserProperty(ReliableHeaders.ID, "379286170664730624");
        return message;
    }

    @Benchmark
    public RecordKey messageId() {
        return this.ids.read(this.message, this.order);
    }

    @Benchmark
    public RecordKey expression() {
        return this.expressions.read(this.message, this.order);
    }

    /** A payload with something to make a key of. */
    public record Order(String orderId, int version) {
    }

}
