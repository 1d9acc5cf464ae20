package io.reliablemq.rocketmq.transport;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.message.InvalidMessageException;
import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.FailureKind;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.rocketmq.ClientMessages;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.ServiceState;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.apache.rocketmq.spring.support.RocketMQMessageConverter;
import org.apache.rocketmq.spring.support.RocketMQUtil;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.messaging.MessageHeaders;
import org.springframework.messaging.converter.MessageConverter;
import org.springframework.messaging.support.MessageBuilder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class MessagePreparationTests {

    private final RocketMQTemplate template = template();

    private final RocketMQMessageTransport transport = new RocketMQMessageTransport(this.template);

    static List<Object> payloads() {
        return List.of("text ä€😀", new byte[] { 0, 1, -1 }, new Order(7, "ä", LocalDate.of(2026, 3, 1)),
                Map.of("a", 1), List.of(1, 2), 42, true);
    }

    @ParameterizedTest
    @MethodSource("payloads")
    void makesTheSameBodyAndContentTypeAsRocketMQTemplate(Object payload) {
        Message theirs = byTemplate(payload);

        PreparedMessage ours = prepare(ReliableMessage.to("orders:created").payload(payload).build());

        assertThat(ours.body()).isEqualTo(theirs.getBody());
        assertThat(ours.properties()).containsEntry(MessageHeaders.CONTENT_TYPE,
                theirs.getUserProperty(MessageHeaders.CONTENT_TYPE));
    }

    @Test
    void keepsTheCharacterSetOfTheTemplate() {
        this.template.setCharset("ISO-8859-1");

        assertThat(prepare(ReliableMessage.to("orders").payload("ä").build()).body())
            .isEqualTo(byTemplate("ä").getBody());
    }

    @Test
    void carriesIdKeysHeadersAndOrderingKey() {
        Message message = ClientMessages.outgoing(prepare(ReliableMessage.to("orders:created")
            .payload("x")
            .key("o-7")
            .key("c-1")
            .orderingKey("c-1")
            .header("tenant", "acme")
            .header("FLAG", "5")
            .build()));

        assertThat(message.getTopic()).isEqualTo("orders");
        assertThat(message.getTags()).isEqualTo("created");
        assertThat(message.getKeys()).isEqualTo("o-7 c-1 42");
        assertThat(message.getFlag()).isEqualTo(5);
        assertThat(message.getProperties()).containsEntry("RELIABLE_ID", "42")
            .containsEntry("RELIABLE_ORDERING_KEY", "c-1")
            .containsEntry("tenant", "acme")
            .containsEntry("WAIT", "true")
            .doesNotContainKeys("FLAG", "TIMER_DELIVER_MS", "RELIABLE_DELIVER_AT");
    }

    @Test
    void makesMessagesWithTheSameIdsForEveryAttempt() {
        PreparedMessage prepared = prepare(ReliableMessage.to("orders").payload("x").build());

        Message first = ClientMessages.outgoing(prepared);
        Message second = ClientMessages.outgoing(prepared);

        assertThat(first).isNotSameAs(second);
        assertThat(first.getProperties()).containsEntry("UNIQ_KEY", prepared.uniqKey())
            .isEqualTo(second.getProperties());
        assertThat(prepare(ReliableMessage.to("orders").payload("x").build()).uniqKey())
            .isNotEqualTo(prepared.uniqKey());
    }

    @Test
    void writesTheDeliveryTimeAsATimer() {
        PreparedMessage prepared = this.transport.prepare(ReliableMessage.to("orders").payload("x").build(), 42,
                Instant.ofEpochMilli(1234));

        assertThat(ClientMessages.outgoing(prepared).getProperties()).containsEntry("TIMER_DELIVER_MS", "1234")
            .containsEntry("RELIABLE_DELIVER_AT", "1234");
    }

    @Test
    void refusesABodyThatIsTooLarge() {
        int limit = this.template.getProducer().getMaxMessageSize();

        assertThat(prepare(ReliableMessage.to("orders").payload(new byte[limit]).build()).body()).hasSize(limit);
        refused(ReliableMessage.to("orders").payload(new byte[limit + 1]).build(),
                (limit + 1) + " bytes, at most " + limit);
    }

    @Test
    void refusesPropertiesThatAreTooLarge() {
        refused(ReliableMessage.to("orders").payload("x").header("h", "ä".repeat(17_000)).build(), "at most 32767");
        refused(ReliableMessage.to("orders").payload("x").key("k".repeat(33_000)).build(), "at most 32767");
        assertThat(prepare(ReliableMessage.to("orders").payload("x").header("h", "a".repeat(30_000)).build()))
            .isNotNull();
    }

    @Test
    void sharesNoArrayWithTheCaller() {
        byte[] payload = { 1, 2, 3 };
        PreparedMessage bytes = prepare(ReliableMessage.to("orders").payload(payload).build());
        PreparedMessage wrapped = prepare(
                ReliableMessage.to("orders").payload(MessageBuilder.withPayload(payload).build().getPayload()).build());
        this.template.setMessageConverter(new BlobConverter("application/octet-stream"));
        PreparedMessage converted = prepare(ReliableMessage.to("orders").payload(new Blob(payload)).build());

        payload[0] = 9;

        assertThat(bytes.body()).containsExactly(1, 2, 3);
        assertThat(wrapped.body()).containsExactly(1, 2, 3);
        assertThat(converted.body()).containsExactly(1, 2, 3);
    }

    @Test
    void refusesAContentTypeThatWritesOtherProperties() {
        this.template.setMessageConverter(new BlobConverter("text/plain\u0002RELIABLE_ID\u00011"));

        refused(ReliableMessage.to("orders").payload(new Blob(new byte[] { 1 })).build(), "separator");
    }

    /** Rows that were stored by others, or before the checks. */
    @Test
    void saysThatWhatTheClientDoesNotTakeIsIllegal() throws InterruptedException {
        this.template.getProducer().getDefaultMQProducerImpl().setServiceState(ServiceState.RUNNING);
        PreparedMessage good = prepare(ReliableMessage.to("orders").payload("x").build());
        PreparedMessage bad = new PreparedMessage(7, "U7", "orders", null, List.of("7"), new byte[] { 1 },
                Map.of("separator", "\u0003"), null, null);

        for (List<PreparedMessage> batch : List.of(List.of(bad), List.of(good, bad))) {
            AttemptResult result = this.transport.sendBatch(batch, null, java.time.Duration.ofSeconds(1));

            assertThat(result).isInstanceOfSatisfying(AttemptResult.Failed.class, (failed) -> {
                assertThat(failed.kind()).isEqualTo(FailureKind.ILLEGAL);
                assertThat(failed.uncertain()).isFalse();
            });
        }
    }

    @Test
    void refusesTopicsThatBelongToTheBroker() {
        refused(ReliableMessage.to("SCHEDULE_TOPIC_XXXX").payload("x").build(), "SCHEDULE_TOPIC_XXXX");
    }

    @Test
    @SuppressWarnings("deprecation")
    void countsTheNamespaceIntoTheTopic() {
        this.template.getProducer().setNamespace("n".repeat(50));

        refused(ReliableMessage.to("t".repeat(100)).payload("x").build(), "shorter namespace");
    }

    @Test
    void keepsTheCauseOfAPayloadThatCannotBeConverted() {
        assertThatExceptionOfType(InvalidMessageException.class)
            .isThrownBy(() -> prepare(ReliableMessage.to("orders").payload(new Unreadable()).build()))
            .withMessageContaining("could not be converted")
            .withMessageContaining("orders")
            .withRootCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void fitsTheLengthOfHeadersInBytes() {
        String header = "h".repeat(5000) + "€".repeat(5000);
        PreparedMessage prepared = prepare(ReliableMessage.to("orders").payload("x").header("h", header).build());

        assertThat(header.getBytes(StandardCharsets.UTF_8)).hasSize(20_000);
        assertThat(prepared.properties()).containsEntry("h", header);
    }

    @Test
    void needsAProducer() {
        RocketMQTemplate withoutProducer = new RocketMQTemplate();

        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> new RocketMQMessageTransport(withoutProducer))
            .withMessageContaining("rocketmq.producer.group");
    }

    @Test
    void doesNotWaitForAProducerThatIsNotRunning() throws InterruptedException {
        AttemptResult result = this.transport.send(prepare(ReliableMessage.to("orders").payload("x").build()), null,
                java.time.Duration.ofSeconds(6));

        assertThat(result).isInstanceOfSatisfying(AttemptResult.Failed.class, (failed) -> {
            assertThat(failed.kind()).isEqualTo(FailureKind.UNAVAILABLE);
            assertThat(failed.uncertain()).isFalse();
        });
    }

    private PreparedMessage prepare(ReliableMessage<?> message) {
        return this.transport.prepare(message, 42, null);
    }

    private void refused(ReliableMessage<?> message, String saying) {
        assertThatExceptionOfType(InvalidMessageException.class).isThrownBy(() -> prepare(message))
            .withMessageContaining(saying);
    }

    /** What the template itself does with a payload, step by step. */
    private Message byTemplate(Object payload) {
        org.springframework.messaging.Message<?> converted = this.template.getMessageConverter()
            .toMessage(payload, MessageBuilder.withPayload(payload).build().getHeaders());
        return RocketMQUtil.convertToRocketMessage(this.template.getMessageConverter(), this.template.getCharset(),
                "orders", converted);
    }

    private static RocketMQTemplate template() {
        RocketMQTemplate template = new RocketMQTemplate();
        template.setProducer(new DefaultMQProducer("test"));
        template.setMessageConverter(new RocketMQMessageConverter().getMessageConverter());
        return template;
    }

    record Blob(@SuppressWarnings("ArrayRecordComponent") byte[] data) {
    }

    /**
     * Hands over an array that belongs to the payload.
     *
     * @param contentType what it says about it
     */
    record BlobConverter(String contentType) implements MessageConverter {

        @Override
        public org.springframework.messaging.@Nullable Message<?> toMessage(Object payload,
                @Nullable MessageHeaders headers) {
            return MessageBuilder.withPayload(((Blob) payload).data())
                .setHeader(MessageHeaders.CONTENT_TYPE, this.contentType)
                .build();
        }

        @Override
        public @Nullable Object fromMessage(org.springframework.messaging.Message<?> message, Class<?> target) {
            return null;
        }

    }

    record Order(int number, String name, LocalDate day) {
    }

    static class Unreadable {

        public String getValue() {
            throw new IllegalStateException("no value");
        }

    }

}
