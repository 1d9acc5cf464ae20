package io.reliablemq.rocketmq.redelivery;

import java.nio.charset.StandardCharsets;
import java.util.Set;

import io.reliablemq.ReliableMQException;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.rocketmq.FakeBroker;
import io.reliablemq.rocketmq.Messages;
import io.reliablemq.rocketmq.deadletter.DeadLetterPublisher;
import io.reliablemq.rocketmq.deadletter.LetterCopy;
import io.reliablemq.rocketmq.delivery.ParkingFailedException;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class GroupPublisherTests {

    private final FakeBroker broker = new FakeBroker();

    private final DeadLetterPublisher deadLetters = new DeadLetterPublisher("g", this.broker.publisher("g"));

    private final GroupRedelivery redelivery = new GroupRedelivery(this.broker::producer, (topic) -> Set.of());

    private final MessageExt message = Messages.withId(42);

    @Test
    void parksInTheDeadLettersOfTheGroup() {
        this.deadLetters.publish(this.message, 3, new IllegalStateException());

        assertThat(this.broker.topics()).containsExactly("%DLQ%g");
        assertThat(this.broker.stored.get(0).body()).isEqualTo(this.message.getBody());
        assertThat(this.broker.stored.get(0).properties()).containsEntry(ReliableHeaders.ID, "42")
            .containsEntry("UNIQ_KEY", "7F00A")
            .containsEntry(MessageConst.PROPERTY_RETRY_TOPIC, "orders")
            .containsEntry("RELIABLE_FAILURES", "3")
            .containsEntry("RELIABLE_EXCEPTION", "java.lang.IllegalStateException");
    }

    @Test
    void parksAlsoWhenTheFirstAttemptToSendFails() {
        this.broker.failAttempts(2);

        this.deadLetters.publish(this.message, 3, new IllegalStateException());

        assertThat(this.broker.topics()).as("not delivered again by the retry topic").containsExactly("%DLQ%g");
    }

    @Test
    void saysThatParkingFailed() {
        this.broker.failAttempts(100);

        assertThatExceptionOfType(ParkingFailedException.class)
            .isThrownBy(() -> this.deadLetters.publish(this.message, 3, new IllegalStateException()));
    }

    @Test
    void isNotContentWithLessThanTheBrokersDurability() {
        this.broker.answer(SendStatus.FLUSH_SLAVE_TIMEOUT);

        assertThatExceptionOfType(ParkingFailedException.class)
            .isThrownBy(() -> this.deadLetters.publish(this.message, 3, new IllegalStateException()))
            .havingCause()
            .withMessageContaining("FLUSH_SLAVE_TIMEOUT");
    }

    @Test
    void doesNotMultiplyCopiesWhileAReplicaIsDown() {
        this.broker.answer(SendStatus.FLUSH_SLAVE_TIMEOUT);
        assertThatExceptionOfType(ParkingFailedException.class)
            .isThrownBy(() -> this.deadLetters.publish(this.message, 3, new IllegalStateException()));
        assertThat(this.broker.topics()).containsExactly("%DLQ%g");

        this.deadLetters.publish(Messages.withId(42), 4, new IllegalStateException());
        assertThat(this.broker.topics()).as("one of each attempt").containsExactly("%DLQ%g", "%DLQ%g");
    }

    @ParameterizedTest
    @ValueSource(strings = { "header", "KEYS", "TAGS", "RELIABLE_MDC_value", "RELIABLE_ORDERING_KEY" })
    void parksAMessageWhosePropertiesAreAsLongAsIsAllowed(String name) {
        MessageAccessor.putProperty(this.message, name, "\u00e4".repeat(16_300));
        MessageAccessor.putProperty(this.message, "short", "value");
        this.deadLetters.publish(this.message, 3, new IllegalStateException());

        FakeBroker.Stored letter = this.broker.stored.get(0);
        assertThat(this.broker.topics()).containsExactly("%DLQ%g");
        assertThat(letter.body()).isEqualTo(this.message.getBody());
        assertThat(letter.properties()).containsEntry(ReliableHeaders.ID, "42")
            .doesNotContainKey(name)
            .containsEntry(MessageConst.PROPERTY_RETRY_TOPIC, "orders");
        assertThat(letter.properties().get(LetterCopy.CUT)).contains(name);
    }

    @Test
    void parksThePlaceOfAMessageWhosePayloadTheBrokerDoesNotTake() {
        this.broker.takeAtMost(Short.MAX_VALUE, 1000);
        this.message.setBody(new byte[2000]);
        this.message.setBrokerName("broker-a");
        this.message.setQueueOffset(4711);
        this.deadLetters.publish(this.message, 3, new IllegalStateException());

        FakeBroker.Stored letter = this.broker.stored.get(0);
        assertThat(new String(letter.body(), StandardCharsets.UTF_8)).contains("broker-a", "4711", "orders");
        assertThat(letter.properties()).containsEntry(LetterCopy.CUT, "payload").containsEntry("UNIQ_KEY", "7F00A");
    }

    @Test
    void redeliversADeadLetterUnderItsFirstTopic() {
        this.message.setTopic("%DLQ%g");
        MessageAccessor.putProperty(this.message, MessageConst.PROPERTY_RETRY_TOPIC, "orders");

        this.redelivery.toConcurrent(this.message, "g");

        assertThat(this.broker.topics()).containsExactly("%RETRY%g");
        assertThat(this.broker.stored.get(0).properties()).containsEntry(MessageConst.PROPERTY_RETRY_TOPIC, "orders")
            .doesNotContainKey(MessageConst.PROPERTY_RECONSUME_TIME);
    }

    @Test
    void forgetsTheAddresseeOfAnEarlierCopy() {
        MessageAccessor.putProperty(this.message, ReliableHeaders.TARGET_GROUP, "another");

        this.redelivery.toConcurrent(this.message, "g");
        this.redelivery.toAll(this.message);

        assertThat(this.broker.stored)
            .allSatisfy((copy) -> assertThat(copy.properties()).doesNotContainKey(ReliableHeaders.TARGET_GROUP));
    }

    @Test
    void redeliversToAnOrderedGroupByTheTopicInTheQueueOfItsKey() {
        MessageAccessor.putProperty(this.message, ReliableHeaders.ORDERING_KEY, "customer-1");

        for (int i = 0; i < 10; i++) {
            this.redelivery.toOrdered(this.message, "g");
        }

        assertThat(this.broker.stored).allSatisfy((copy) -> {
            assertThat(copy.topic()).isEqualTo("orders");
            assertThat(copy.queueId()).isEqualTo(Math.abs("customer-1".hashCode() % 8));
            assertThat(copy.properties()).containsEntry(ReliableHeaders.TARGET_GROUP, "g");
        });
    }

    @Test
    void refusesAnOrderedRedeliveryThatAnUnguardedGroupWouldProcess() {
        GroupRedelivery unsafe = new GroupRedelivery(this.broker::producer, (topic) -> Set.of("plain", "g"));

        assertThatExceptionOfType(ReliableMQException.class).isThrownBy(() -> unsafe.toOrdered(this.message, "g"))
            .withMessageContaining("[plain]");
        assertThat(this.broker.stored).isEmpty();
    }

    @Test
    void saysThatARedeliveryIsNotConfirmed() {
        this.broker.failAttempts(100);

        assertThatExceptionOfType(ReliableMQException.class)
            .isThrownBy(() -> this.redelivery.toConcurrent(this.message, "g"))
            .withMessageContaining("Redeliver again");
    }

}
