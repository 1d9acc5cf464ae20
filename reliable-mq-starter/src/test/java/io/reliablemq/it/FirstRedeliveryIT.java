package io.reliablemq.it;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import io.reliablemq.idempotency.IdempotentConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A new consumer group knows the route of its retry topic before its client polls the
 * name server again, which here it never does: neither at first nor when a broker was
 * away.
 */
@Tag("faults")
@Timeout(300)
class FirstRedeliveryIT {

    @Test
    void doesNotWaitForThePollOfTheRoutes() {
        AtomicInteger calls = new AtomicInteger();
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            scenario.start("one", NeverPolling.class, (key, effect) -> {
                if (calls.incrementAndGet() == 1) {
                    throw new IllegalStateException("not yet");
                }
                effect.run();
            });
            scenario.sender().send(scenario.topic(), "m");

            Scenario.waitFor("redelivered", () -> scenario.effects().total() == 1);
            assertThat(calls).hasValue(2);
        }
    }

    @IdempotentConsumer
    @RocketMQMessageListener(topic = "${effects.topic}", consumerGroup = "${effects.group}")
    static class NeverPolling implements RocketMQListener<String>, RocketMQPushConsumerLifecycleListener {

        private final Work work;

        NeverPolling(Work work) {
            this.work = work;
        }

        @Override
        public void onMessage(String key) {
            this.work.process(key);
        }

        @Override
        public void prepareStart(DefaultMQPushConsumer consumer) {
            consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
            consumer.setPollNameServerInterval((int) Duration.ofHours(1).toMillis());
        }

    }

}
