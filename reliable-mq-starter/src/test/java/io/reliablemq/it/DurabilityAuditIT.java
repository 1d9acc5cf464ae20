package io.reliablemq.it;

import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.rocketmq.durability.DurabilityAudit;
import io.reliablemq.rocketmq.durability.DurabilityFinding;
import io.reliablemq.rocketmq.durability.DurabilityReport;
import io.reliablemq.test.EmbeddedRocketMQBroker;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.remoting.protocol.subscription.SubscriptionGroupConfig;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * An application on a broker that promises less than its administrator thinks.
 */
@Timeout(300)
class DurabilityAuditIT {

    private static EmbeddedRocketMQBroker broker;

    @BeforeAll
    static void start() {
        broker = EmbeddedRocketMQBroker.builder()
            .delayLevels(Broker.DELAY_LEVELS)
            .property("brokerRole", "SYNC_MASTER")
            .property("inSyncReplicas", "1")
            .property("fileReservedTime", "240")
            .start();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void doesNotStartWhereItIsToFail() {
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL, broker, 1)) {
            scenario.with("reliable-mq.durability.on-violation", "fail");

            assertThatThrownBy(() -> scenario.start("one", EffectListener.class))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("SYNC_MASTER with inSyncReplicas=1")
                .hasMessageContaining("fileReservedTime");
        }
    }

    @Test
    void findsWhatWouldLoseMessagesAndGoesOn() throws Exception {
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL, broker, 1)) {
            RunningApplication application = scenario.start("one", EffectListener.class);
            takeAwayRetryQueues(application, scenario.group());

            DurabilityReport report = application.bean(DurabilityAudit.class).run();

            assertThat(report.unreadable()).isEmpty();
            assertThat(report.findings()).extracting(DurabilityFinding::property)
                .containsExactly("inSyncReplicas", "fileReservedTime", "retryQueueNums");
            assertThat(application.bean(MeterRegistry.class)
                .get("reliable.mq.durability.violations")
                .tag("broker", "embedded-broker:0")
                .gauge()
                .value()).isEqualTo(3);
            application.bean(ReliableMQTemplate.class).send(scenario.topic(), "m");
            Scenario.waitFor("effect", () -> scenario.effects().total() == 1);
        }
    }

    @SuppressWarnings("deprecation")
    private static void takeAwayRetryQueues(RunningApplication application, String group) throws Exception {
        DefaultMQProducer producer = application.bean(RocketMQTemplate.class).getProducer();
        SubscriptionGroupConfig config = new SubscriptionGroupConfig();
        config.setGroupName(group);
        config.setRetryQueueNums(0);
        producer.getDefaultMQProducerImpl()
            .getMqClientFactory()
            .getMQClientAPIImpl()
            .createSubscriptionGroup(broker.brokerAddress(), config, 3000);
    }

}
