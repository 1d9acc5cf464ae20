package io.reliablemq.it;

import java.util.List;

import io.reliablemq.idempotency.IdempotentConsumer;
import io.reliablemq.listener.BatchListener;
import io.reliablemq.listener.BatchResult;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;

import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Writes its effects with one JDBC batch. A message that says "throw" makes it throw,
 * "retry" and "park" are what it answers for one.
 */
@IdempotentConsumer(batch = 32)
@RocketMQMessageListener(topic = "${effects.topic}", consumerGroup = "${effects.group}",
        consumeThreadNumber = EffectListener.THREADS)
class BatchEffectListener
        implements RocketMQListener<String>, BatchListener<String>, RocketMQPushConsumerLifecycleListener {

    private final JdbcTemplate jdbc;

    BatchEffectListener(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public void onMessage(String key) {
        throw new AssertionError("not called");
    }

    @Override
    public BatchResult onMessages(List<String> keys) {
        this.jdbc.batchUpdate(
                "INSERT INTO effects (message_key, consumer_group, instance, attempt, token)"
                        + " VALUES (?, 'batch', 'one', ?, 0)",
                keys.stream().map((key) -> new Object[] { key, keys.size() }).toList());
        BatchResult result = BatchResult.ok();
        for (int i = 0; i < keys.size(); i++) {
            String key = keys.get(i);
            if (key.startsWith("throw")) {
                throw new IllegalStateException(key);
            }
            if (key.startsWith("retry")) {
                result = result.retry(i, new IllegalStateException(key));
            }
            if (key.startsWith("park")) {
                result = result.park(i, new IllegalStateException(key));
            }
        }
        return result;
    }

    @Override
    public void prepareStart(DefaultMQPushConsumer consumer) {
        FasterConsumer.configure(consumer);
    }

}
