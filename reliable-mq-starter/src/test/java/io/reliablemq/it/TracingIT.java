package io.reliablemq.it;

import java.util.function.Supplier;

import brave.Span;
import brave.handler.MutableSpan;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.reliablemq.producer.Delivery;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendReceipt;
import io.reliablemq.rocketmq.durability.DurabilityAudit;
import io.reliablemq.rocketmq.durability.DurabilityFinding;
import io.reliablemq.test.EmbeddedRocketMQBroker;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Traces that go from the one who sends to the ones who consume.
 */
@Timeout(300)
class TracingIT {

    private static final String OBSERVATION_3 = "org.springframework.boot.actuate.autoconfigure.observation"
            + ".ObservationAutoConfiguration";

    private static final String OBSERVATION_4 = "org.springframework.boot.micrometer.observation.autoconfigure"
            + ".ObservationAutoConfiguration";

    private static final String TRACE_TOPIC = "RMQ_SYS_TRACE_TOPIC";

    @Test
    void joinsWhatIsSentAndWhatIsConsumed() {
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            RunningApplication application = traced(scenario);

            SendReceipt receipt = request(application, () -> send(application, scenario));

            assertThat(receipt.delivery()).isEqualTo(Delivery.ACKNOWLEDGED);
            assertJoined(scenario, application);
        }
    }

    @Test
    void joinsWhatWentThroughTheOutboxToo() {
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            RunningApplication application = traced(scenario);
            TransactionTemplate transaction = new TransactionTemplate(
                    application.bean(PlatformTransactionManager.class));

            SendReceipt receipt = request(application,
                    () -> transaction.execute((status) -> send(application, scenario)));

            assertThat(receipt.delivery()).isEqualTo(Delivery.OUTBOXED);
            assertJoined(scenario, application);
        }
    }

    @Test
    @Tag("faults")
    void letsRocketMQTraceToo() {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.builder()
            .delayLevels(Broker.DELAY_LEVELS)
            .property("traceTopicEnable", "true")
            .start(); Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL, broker, 1)) {
            scenario.with("reliable-mq.trace.rocketmq", "true");
            RunningApplication application = scenario.start("one", EffectListener.class);

            send(application, scenario);

            Scenario.waitFor("effect", () -> scenario.effects().total() == 1);
            Scenario.waitFor("trace of the send", () -> traces(broker, "Pub"));
            Scenario.waitFor("trace of the consumption", () -> traces(broker, "SubBefore"));
            assertThat(application.bean(DurabilityAudit.class).run().findings()).isEmpty();
        }
    }

    @Test
    @Tag("faults")
    void findsThatNobodyKeepsRocketMQsTrace() {
        try (EmbeddedRocketMQBroker broker = Broker.start();
                Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL, broker, 1)) {
            scenario.with("reliable-mq.trace.rocketmq", "true");
            RunningApplication application = scenario.start("one", EffectListener.class);

            assertThat(application.bean(DurabilityAudit.class).run().findings()).extracting(DurabilityFinding::property)
                .containsExactly("traceTopicEnable");
        }
    }

    /** Spring Boot's own handlers, if they are there, would make each span twice. */
    private static RunningApplication traced(Scenario scenario) {
        return scenario.with("spring.autoconfigure.exclude", OBSERVATION_3 + "," + OBSERVATION_4)
            .start("one", TracedListener.class);
    }

    private static void assertJoined(Scenario scenario, RunningApplication application) {
        Scenario.waitFor("effect", () -> scenario.effects().total() == 1);
        Spans spans = application.bean(Spans.class);
        String topic = scenario.topic();
        Scenario.waitFor("three spans", () -> spans.named("process " + topic).size() == 1
                && spans.named("send " + topic).size() == 1 && spans.named("request").size() == 1);
        MutableSpan request = spans.named("request").get(0);
        MutableSpan send = spans.named("send " + topic).get(0);
        MutableSpan process = spans.named("process " + topic).get(0);
        assertThat(send.traceId()).isEqualTo(request.traceId());
        assertThat(send.parentId()).isEqualTo(request.id());
        assertThat(process.traceId()).isEqualTo(request.traceId());
        assertThat(process.parentId()).isEqualTo(send.id());
        assertThat(send.kind()).isEqualTo(Span.Kind.PRODUCER);
        assertThat(process.kind()).isEqualTo(Span.Kind.CONSUMER);
        assertThat(process.tag("messaging.consumer.group.name")).isEqualTo(scenario.group());
        assertThat(scenario.broker().messages(topic).get(0).getUserProperty("traceparent"))
            .isEqualTo("00-" + send.traceId() + "-" + send.id() + "-01");
    }

    private static SendReceipt send(RunningApplication application, Scenario scenario) {
        return application.bean(ReliableMQTemplate.class).send(scenario.topic(), "m");
    }

    private static <T> T request(RunningApplication application, Supplier<T> work) {
        return Observation.createNotStarted("request", application.bean(ObservationRegistry.class)).observe(work);
    }

    private static boolean traces(EmbeddedRocketMQBroker broker, String type) {
        return broker.messages(TRACE_TOPIC)
            .stream()
            .anyMatch((message) -> new String(message.getBody()).startsWith(type));
    }

}
