package io.reliablemq.it;

import java.util.Set;

import io.reliablemq.ReliableMQException;
import io.reliablemq.idempotency.IdempotentConsumer;
import io.reliablemq.rocketmq.redelivery.GroupRedelivery;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.protocol.body.CMResult;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.apache.rocketmq.spring.support.DefaultRocketMQListenerContainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A message is delivered again to one group, by this library or by a dashboard.
 */
@Timeout(300)
class RedeliveryIT {

    @Test
    void reachesOneConcurrentGroupOnly() {
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            RunningApplication one = scenario.start("one", EffectListener.class);
            RunningApplication other = startOther(scenario);
            MessageExt message = processedByBoth(scenario);

            redelivery(one, Set.of()).toConcurrent(message, scenario.group());

            Scenario.waitFor("delivered again", () -> one.deliveries("duplicate") == 1);
            assertThat(other.deliveries()).isOne();
            assertThat(scenario.effects().total()).isEqualTo(2);
        }
    }

    @Test
    void reachesOneOrderedGroupAndIsSkippedByOthers() {
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            RunningApplication one = scenario.start("one", OrderedEffectListener.class);
            RunningApplication other = startOther(scenario);
            MessageExt message = processedByBoth(scenario);

            redelivery(one, Set.of(scenario.group())).toOrdered(message, scenario.group());

            Scenario.waitFor("delivered again", () -> one.deliveries("duplicate") == 1);
            Scenario.waitFor("skipped", () -> other.deliveries("other-group") == 1);
            assertThat(other.deliveries("processed", "duplicate")).isOne();
            assertThat(scenario.effects().total()).isEqualTo(2);
        }
    }

    @Test
    void isRefusedWhereAGroupSubscribesThatIsNotKnownToBeGuarded() {
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            RunningApplication one = scenario.start("one", OrderedEffectListener.class);
            scenario.withoutListener().start("other", UnguardedListener.class);
            scenario.sender().send(scenario.topic(), "m");
            Scenario.waitFor("processed", () -> scenario.effects().total() == 1);
            scenario.waitUntilDrained();
            MessageExt message = scenario.broker().messages(scenario.topic()).get(0);

            assertThatExceptionOfType(ReliableMQException.class)
                .isThrownBy(() -> one.bean(GroupRedelivery.class).toOrdered(message, scenario.group()))
                .withMessageContaining(scenario.group() + "-unguarded");
            assertThat(scenario.broker().messageCount(scenario.topic())).isOne();
        }
    }

    @Test
    void isDoneWhereTheOtherGroupIsGuardedInAnotherApplication() {
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            RunningApplication one = scenario.start("one", OrderedEffectListener.class);
            RunningApplication other = startOther(scenario);
            MessageExt message = processedByBoth(scenario);

            one.bean(GroupRedelivery.class).toOrdered(message, scenario.group());

            Scenario.waitFor("delivered again", () -> one.deliveries("duplicate") == 1);
            Scenario.waitFor("skipped", () -> other.deliveries("other-group") == 1);
            assertThat(scenario.effects().total()).isEqualTo(2);
        }
    }

    @Test
    void isDoneByTheApplicationsOwnBeanWhereAllAreGuarded() {
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            RunningApplication one = scenario.start("one", OrderedEffectListener.class);
            scenario.sender().send(scenario.topic(), "m");
            Scenario.waitFor("processed", () -> scenario.effects().total() == 1);
            scenario.waitUntilDrained();

            one.bean(GroupRedelivery.class)
                .toOrdered(scenario.broker().messages(scenario.topic()).get(0), scenario.group());

            Scenario.waitFor("delivered again", () -> one.deliveries("duplicate") == 1);
            assertThat(scenario.effects().total()).isOne();
        }
    }

    @Test
    @SuppressWarnings("deprecation")
    void byADashboardIsASuccessWithoutAnEffect() {
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            RunningApplication one = scenario.start("one", EffectListener.class);
            scenario.sender().send(scenario.topic(), "m");
            scenario.waitUntilDrained();
            MessageExt message = scenario.broker().messages(scenario.topic()).get(0);

            CMResult result = one.bean(DefaultRocketMQListenerContainer.class)
                .getConsumer()
                .getDefaultMQPushConsumerImpl()
                .getmQClientFactory()
                .consumeMessageDirectly(message, scenario.group(), message.getBrokerName())
                .getConsumeResult();

            assertThat(result).isEqualTo(CMResult.CR_SUCCESS);
            assertThat(scenario.effects().total()).isOne();
            assertThat(one.deliveries("duplicate")).isOne();
        }
    }

    /** Its properties name its own group only, and are those of the first one's. */
    private static RunningApplication startOther(Scenario scenario) {
        scenario.withoutListener();
        int batch = Guarding.TRANSACTIONAL_ON_POSTGRESQL.batch();
        if (batch > 1) {
            scenario.with("reliable-mq.listeners.[" + scenario.group() + "-other].batch", String.valueOf(batch));
        }
        return scenario.start("other", OtherGroupListener.class);
    }

    private static MessageExt processedByBoth(Scenario scenario) {
        scenario.sender().send(scenario.topic(), "m");
        Scenario.waitFor("processed", () -> scenario.effects().total() == 2);
        scenario.waitUntilDrained();
        return scenario.broker().messages(scenario.topic()).get(0);
    }

    private static GroupRedelivery redelivery(RunningApplication application, Set<String> unguarded) {
        return new GroupRedelivery(() -> application.bean(RocketMQTemplate.class).getProducer(), (topic) -> unguarded);
    }

    @IdempotentConsumer
    @RocketMQMessageListener(topic = "${effects.topic}", consumerGroup = "${effects.group}-other")
    static class OtherGroupListener implements RocketMQListener<String>, RocketMQPushConsumerLifecycleListener {

        private final Work work;

        OtherGroupListener(Work work) {
            this.work = work;
        }

        @Override
        public void onMessage(String key) {
            this.work.process(key);
        }

        @Override
        public void prepareStart(DefaultMQPushConsumer consumer) {
            FasterConsumer.configure(consumer);
        }

    }

    @RocketMQMessageListener(topic = "${effects.topic}", consumerGroup = "${effects.group}-unguarded")
    static class UnguardedListener implements RocketMQListener<String> {

        @Override
        public void onMessage(String key) {
        }

    }

}
