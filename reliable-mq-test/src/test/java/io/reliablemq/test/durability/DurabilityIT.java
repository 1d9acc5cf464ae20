package io.reliablemq.test.durability;

import java.time.Clock;
import java.time.Duration;
import java.util.List;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.producer.SendFailedException;
import io.reliablemq.producer.SendOptions;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.durability.DurabilityAudit;
import io.reliablemq.rocketmq.durability.DurabilityExpectations;
import io.reliablemq.rocketmq.durability.DurabilityFinding;
import io.reliablemq.rocketmq.durability.DurabilityReport;
import io.reliablemq.rocketmq.durability.FlushMode;
import io.reliablemq.test.EmbeddedRocketMQBroker;
import io.reliablemq.test.producer.SendingApplication;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

/**
 * What brokers promise, on a real master and a real slave.
 */
@Timeout(180)
class DurabilityIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final MeterRegistry meters = new SimpleMeterRegistry();

    @Test
    void reportsASendThatNoSlaveHasConfirmed() {
        try (ReplicatedBroker brokers = new ReplicatedBroker(2)) {
            brokers.slave.start();
            brokers.master.createTopic("orders", 1);
            try (SendingApplication application = sending(brokers.master)) {
                DurabilityAudit audit = audit(application, DurabilityExpectations.defaults().withInSyncReplicas(2),
                        "orders");
                assertThat(application.template.send("orders", "replicated").attempts()).isEqualTo(1);
                await().atMost(LIMIT).until(() -> brokers.slave.messageCount("orders") == 1);
                assertThat(audit.run().findings()).isEmpty();
                assertThat(audit.run().brokers()).containsExactlyInAnyOrder("embedded-broker:0", "embedded-broker:1");

                brokers.slave.stop();
                SendFailedException failure = catchThrowableOfType(SendFailedException.class,
                        () -> application.template.send("orders", "alone"));

                assertThat(failure.isUncertain()).isTrue();
                assertThat(failure).hasMessageContaining("status FLUSHED").hasMessageContaining("REPLICATED");
                DurabilityReport report = audit.run();
                assertThat(report.findings()).extracting(DurabilityFinding::property).containsExactly("slaves");
                assertThat(report.findings().get(0).sentence()).contains("Start the missing slave");

                brokers.slave.start();
                await().atMost(LIMIT)
                    .until(() -> brokers.slave.messageCount("orders") == brokers.master.messageCount("orders"));
                assertThat(application.template.send("orders", "again").attempts()).isEqualTo(1);
                assertThat(audit.run().findings()).isEmpty();
            }
        }
    }

    @Test
    void namesAPairThatReplicatesAsynchronouslyBeforeAnythingIsLost() {
        try (ReplicatedBroker brokers = new ReplicatedBroker(1)) {
            brokers.slave.start();
            brokers.master.createTopic("orders", 1);
            try (SendingApplication application = sending(brokers.master)) {
                DurabilityReport report = audit(application, DurabilityExpectations.defaults(), "orders").run();

                assertThat(report.findings()).singleElement().satisfies((finding) -> {
                    assertThat(finding.broker()).isEqualTo("embedded-broker:0");
                    assertThat(finding.property()).isEqualTo("inSyncReplicas");
                    assertThat(finding.sentence()).contains("SYNC_MASTER with inSyncReplicas=1")
                        .contains("asynchronous replication");
                });
                assertThat(violations("embedded-broker:0")).isEqualTo(1);
                assertThat(violations("embedded-broker:1")).isZero();
                // What the finding warns of: no slave, and a success all the same.
                brokers.slave.stop();
                assertThat(application.template.send("orders", "lost with the master").attempts()).isEqualTo(1);
            }
        }
    }

    @Test
    void looksAtTopicsThatWereSentTo() {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.startDefault();
                SendingApplication application = sending(broker)) {
            broker.createTopic("orders", 1);
            DurabilityAudit audit = audit(application, DurabilityExpectations.defaults().withFlush(FlushMode.SYNC));
            assertThat(audit.run().brokers()).isEmpty();

            application.template.send("orders", "x");

            assertThat(audit.run().findings()).extracting(DurabilityFinding::property).containsExactly("flushDiskType");
            assertThat(audit.last()).isPresent();
        }
    }

    @Test
    void namesABrokerThatCannotBeAsked() {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.startDefault();
                SendingApplication application = sending(broker)) {
            broker.createTopic("orders", 1);
            DurabilityAudit audit = audit(application, DurabilityExpectations.defaults());
            application.template.send("orders", "x");
            broker.close();

            DurabilityReport report = audit.run();

            assertThat(report.findings()).isEmpty();
            assertThat(report.brokers()).isEmpty();
            assertThat(report.unreadable()).containsOnlyKeys("Topic orders");
        }
    }

    private double violations(String broker) {
        return this.meters.get("reliable.mq.durability.violations").tag("broker", broker).gauge().value();
    }

    private DurabilityAudit audit(SendingApplication application, DurabilityExpectations expectations,
            String... topics) {
        DefaultMQProducer producer = application.rocketMQTemplate.getProducer();
        return new DurabilityAudit(() -> List.of(producer), new ListenerRegistry(), expectations, List.of(topics),
                this.meters, Clock.systemUTC());
    }

    private static SendingApplication sending(EmbeddedRocketMQBroker broker) {
        return new SendingApplication(broker.nameServerAddress(), SendOptions.defaults());
    }

}
