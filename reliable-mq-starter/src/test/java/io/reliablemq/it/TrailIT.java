package io.reliablemq.it;

import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendReceipt;
import io.reliablemq.trace.MessageTrail;
import io.reliablemq.trace.TrailReport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Where a message is, told by database and brokers.
 */
@Timeout(300)
class TrailIT {

    @ParameterizedTest
    @EnumSource(names = { "TRANSACTIONAL_ON_POSTGRESQL", "TRANSACTIONAL_ON_MARIADB" })
    void followsAMessageFromTheOutboxToItsEffect(Guarding guarding) {
        try (Scenario scenario = new Scenario(guarding)) {
            RunningApplication application = scenario.start("one", EffectListener.class);
            String key = "order-" + scenario.topic();
            SendReceipt receipt = inTransaction(application,
                    ReliableMessage.to(scenario.topic()).payload("m").key(key).build());
            Scenario.waitFor("effect", () -> scenario.effects().total() == 1);
            MessageTrail trail = application.bean(MessageTrail.class);
            String id = Long.toString(receipt.id());
            Scenario.waitFor("sent", () -> trail.find(id).sent().stream().anyMatch((it) -> it.sentAt() != null));

            TrailReport report = trail.find(id);

            assertThat(report.unreadable()).isEmpty();
            assertThat(report.conclusion()).startsWith("Group '" + scenario.group() + "' has processed it by");
            assertThat(report.sent()).singleElement().satisfies((sent) -> {
                assertThat(sent.source()).isEqualTo("outbox");
                assertThat(sent.status()).isEqualTo("SENT");
                assertThat(sent.queueOffset()).isNotNull();
            });
            assertThat(report.copies()).singleElement().satisfies((copy) -> {
                assertThat(copy.topic()).isEqualTo(scenario.topic());
                assertThat(copy.messageId()).isEqualTo(receipt.id());
                assertThat(copy.uniqKey()).isEqualTo(receipt.msgId());
                assertThat(copy.queueOffset()).isEqualTo(report.sent().get(0).queueOffset());
            });
            assertThat(report.groups()).singleElement()
                .satisfies((group) -> assertThat(group.record().status()).isEqualTo("DONE"));
            assertThat(trail.find(receipt.msgId()).conclusion()).isEqualTo(report.conclusion());
            assertThat(trail.find(key)).satisfies((byKey) -> {
                assertThat(byKey.sent()).isEqualTo(report.sent());
                assertThat(byKey.groups()).isEqualTo(report.groups());
            });
        }
    }

    @Test
    void tellsThatAGroupRetries() {
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            RunningApplication application = failing(scenario);
            String id = send(application, scenario);

            Scenario.waitFor("a failure", () -> conclusion(application, id).contains("retries it: "));
            Scenario.waitFor("the copy for the retry", () -> hasCopyIn(application, id, scenario.retryTopic()));
            assertThat(conclusion(application, id)).startsWith("Group '" + scenario.group() + "' retries it: ")
                .contains("IllegalStateException");
        }
    }

    @Test
    void tellsThatAGroupHasGivenUp() {
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            scenario.withListener("retry.max-attempts", "1");
            RunningApplication application = failing(scenario);
            String id = send(application, scenario);

            Scenario.waitFor("parked", () -> application.deliveries("parked") == 1);
            Scenario.waitFor("the dead letter", () -> conclusion(application, id).contains("has given up on it")
                    || conclusion(application, id).contains("has parked it"));
        }
    }

    private static RunningApplication failing(Scenario scenario) {
        return scenario.start("one", EffectListener.class, (key, effect) -> {
            throw new IllegalStateException("never");
        });
    }

    private static String send(RunningApplication application, Scenario scenario) {
        return Long.toString(application.bean(ReliableMQTemplate.class).send(scenario.topic(), "m").id());
    }

    private static String conclusion(RunningApplication application, String id) {
        return application.bean(MessageTrail.class).find(id).conclusion();
    }

    private static boolean hasCopyIn(RunningApplication application, String id, String topic) {
        return application.bean(MessageTrail.class)
            .find(id)
            .copies()
            .stream()
            .anyMatch((copy) -> copy.topic().equals(topic));
    }

    private static SendReceipt inTransaction(RunningApplication application, ReliableMessage<?> message) {
        return new TransactionTemplate(application.bean(PlatformTransactionManager.class))
            .execute((status) -> application.bean(ReliableMQTemplate.class).send(message));
    }

}
