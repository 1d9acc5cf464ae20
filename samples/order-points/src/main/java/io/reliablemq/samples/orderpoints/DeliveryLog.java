package io.reliablemq.samples.orderpoints;

import java.time.Clock;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.hook.ConsumeMessageContext;
import org.apache.rocketmq.client.hook.ConsumeMessageHook;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * Writes down every delivery, duplicates included, so that the table at the end can be
 * counted from the database.
 */
@Component
class DeliveryLog implements ConsumeMessageHook {

    private final JdbcTemplate jdbc;

    private final Clock clock = Clock.systemUTC();

    DeliveryLog(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    @SuppressWarnings("deprecation")
    void watch(DefaultMQPushConsumer consumer) {
        consumer.getDefaultMQPushConsumerImpl().registerConsumeMessageHook(this);
    }

    @Override
    public String hookName() {
        return "delivery-log";
    }

    @Override
    public void consumeMessageBefore(ConsumeMessageContext context) {
    }

    @Override
    public void consumeMessageAfter(ConsumeMessageContext context) {
        context.getMsgList()
            .forEach((message) -> this.jdbc.update(
                    "INSERT INTO delivery (order_id, acknowledged, delivered_at) VALUES (?, ?, ?)",
                    message.getKeys().split(" ")[0], context.isSuccess() ? 1 : 0, this.clock.millis()));
    }

}
