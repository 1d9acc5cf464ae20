package io.reliablemq.rocketmq.deadletter;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.ReliableMQException;
import io.reliablemq.deadletter.DeadLetter;
import io.reliablemq.deadletter.DeadLetterDetails;
import io.reliablemq.deadletter.DeadLetterStatus;
import io.reliablemq.deadletter.DeadLetterStorage;
import io.reliablemq.deadletter.ParkingReason;
import io.reliablemq.deadletter.ParkingResult;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.rocketmq.Clusters;
import io.reliablemq.rocketmq.Containers;
import io.reliablemq.rocketmq.ListenerDescription;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.Messages;
import io.reliablemq.rocketmq.delivery.KeyReader;
import io.reliablemq.rocketmq.delivery.ParkingPlace;
import io.reliablemq.rocketmq.delivery.PayloadReader;
import io.reliablemq.rocketmq.delivery.SingleDeliveryTests;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class DeadLetterParkingTests {

    private final ListenerRegistry registry = new ListenerRegistry();

    @ParameterizedTest
    @EnumSource(names = { "DATABASE", "BOTH" })
    void needsADatabaseIfOneIsWished(DeadLetterStorage storage) {
        assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(() -> open(storage))
            .withMessageContaining("reliable-mq.dead-letter.storage is " + storage)
            .withMessageContaining("Configure a DataSource");
    }

    @ParameterizedTest
    @EnumSource(names = { "AUTO", "BROKER" })
    void parksAtTheBrokerWithoutADatabase(DeadLetterStorage storage) {
        assertThat(open(storage)).isInstanceOf(DeadLetterPublisher.class);
    }

    @Test
    void saysWhichGroupsItKnows() {
        DeadLetterParking office = new DeadLetterParking(DeadLetterStorage.AUTO, () -> null, this.registry);
        assertThatExceptionOfType(ReliableMQException.class)
            .isThrownBy(() -> office.drain("g", 1, (parking) -> ParkingResult.PARKED))
            .withMessageContaining("'g'");
    }

    @Test
    void replaysALetterOnItsOwnClusterOnly() {
        DefaultMQProducer producer = new DefaultMQProducer("tests");
        producer.setNamesrvAddr("a:9876");
        Clusters clusters = new Clusters(() -> Map.of("default", producer), null, this.registry);
        DeadLetterParking office = new DeadLetterParking(DeadLetterStorage.AUTO, () -> null, this.registry,
                (client) -> Set.of(), clusters);
        for (String nameServers : List.of("b:9876;c:9876", "a:9876")) {
            ListenerDescription listener = Containers.describe(new SingleDeliveryTests.TextListener(), nameServers);
            office.open(listener, new PayloadReader(listener), new KeyReader("g", null), null);
        }
        String group = office.groups().iterator().next();

        assertThat(office.groups()).hasSize(1);
        assertThat(office.refusal(letter(group, "default"))).isEmpty();
        assertThat(office.refusal(letter(group, "C:9876"))).as("another part of the same list").isEmpty();
        assertThat(office.refusal(letter(group, "second"))).get()
            .asString()
            .contains("'second'")
            .contains("[b:9876;c:9876, default]");
        assertThat(office.refusal(letter("unknown", "default"))).get().asString().contains("unknown");
        DeadLetterDetails elsewhere = new DeadLetterDetails(letter(group, "second"),
                DeadLetterMessages.stored(Messages.withId(42), "second"), DeadLetterMessages.origin(new MessageExt()),
                null);
        assertThatExceptionOfType(ReliableMQException.class).isThrownBy(() -> office.redeliver(elsewhere))
            .withMessageContaining("'second'");
    }

    private static DeadLetter letter(String group, String cluster) {
        return new DeadLetter(1, new KeyReader(group, null).fallback(Messages.withId(42)), "orders", null, List.of(),
                null, null, DeadLetterStatus.PARKED, ParkingReason.EXHAUSTED, 1, 0, null, null, Instant.EPOCH,
                Instant.EPOCH, 1, 1, new DeadLetter.Replay(null, 1, Instant.EPOCH), null, null, cluster);
    }

    @Test
    void storesAMessageAndMakesItAgain() {
        MessageExt message = Messages.withId(42);
        message.setTopic("orders");
        message.setBody("payload".getBytes(StandardCharsets.UTF_8));
        message.putUserProperty("header", "value");
        MessageAccessor.putProperty(message, MessageConst.PROPERTY_TAGS, "created");
        MessageAccessor.putProperty(message, MessageConst.PROPERTY_KEYS, "42 o-7");
        MessageAccessor.putProperty(message, MessageConst.PROPERTY_MAX_OFFSET, "7");
        MessageAccessor.putProperty(message, "RELIABLE_LETTER_ID", "9");
        MessageAccessor.putProperty(message, "RELIABLE_TARGET_GROUP", "g");
        StoredMessage stored = DeadLetterMessages.stored(message, StoredMessage.DEFAULT_CLUSTER);
        assertThat(stored.id()).isEqualTo(42);
        assertThat(stored.uniqKey()).isEqualTo("7F00A");
        assertThat(stored.headers()).isEqualTo(Map.of("header", "value", "RELIABLE_ID", "42"));

        MessageExt again = DeadLetterMessages.delivered(details(stored));
        assertThat(again.getTopic()).isEqualTo("orders");
        assertThat(again.getTags()).isEqualTo("created");
        assertThat(again.getKeys()).isEqualTo("42 o-7");
        assertThat(again.getBody()).isEqualTo(message.getBody());
        KeyReader keys = new KeyReader("g", null);
        assertThat(keys.fallback(again)).isEqualTo(keys.fallback(message));
        assertThat(DeadLetterMessages.stored(again, StoredMessage.DEFAULT_CLUSTER)).usingRecursiveComparison()
            .isEqualTo(stored);
    }

    @Test
    void keepsTheIdentityOfAMessageThatHasNoKeyButAnOrigin() {
        MessageExt message = new MessageExt();
        message.setTopic("orders");
        message.setMsgId("copy-1");
        message.setBody(new byte[] { 1 });
        MessageAccessor.setOriginMessageId(message, "first");
        MessageExt again = DeadLetterMessages
            .delivered(details(DeadLetterMessages.stored(message, StoredMessage.DEFAULT_CLUSTER)));
        KeyReader keys = new KeyReader("g", null);
        assertThat(keys.fallback(again)).isEqualTo(keys.fallback(message));
    }

    private ParkingPlace open(DeadLetterStorage storage) {
        ListenerDescription listener = Containers.describe(new SingleDeliveryTests.TextListener());
        return new DeadLetterParking(storage, () -> null, this.registry).open(listener, new PayloadReader(listener),
                new KeyReader("g", null), null);
    }

    private static DeadLetterDetails details(StoredMessage message) {
        DeadLetter letter = new DeadLetter(1, new KeyReader("g", null).fallback(Messages.withId(42)), message.topic(),
                null, List.of(), null, null, DeadLetterStatus.REPLAYING, ParkingReason.EXHAUSTED, 1, 0, null, null,
                Instant.EPOCH, Instant.EPOCH, 1, 1, new DeadLetter.Replay(null, 1, Instant.EPOCH), null, null);
        return new DeadLetterDetails(letter, message, DeadLetterMessages.origin(new MessageExt()), null);
    }

}
