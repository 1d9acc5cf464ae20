package io.reliablemq.rocketmq;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

import io.reliablemq.idempotency.InvalidRecordKeyException;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.MessageId;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.rocketmq.deadletter.DeadLetterMessages;
import io.reliablemq.rocketmq.deadletter.DeadLetterPublisher;
import io.reliablemq.rocketmq.delivery.Deferral;
import io.reliablemq.rocketmq.delivery.KeyReader;
import io.reliablemq.rocketmq.redelivery.GroupPublisher;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class MarksTests {

    private static final Map<String, String> ALL = Map.of(ReliableHeaders.ID, "42", ReliableHeaders.SPACE, "orders",
            ReliableHeaders.GIVEN_ID, "true", ReliableHeaders.TARGET_GROUP, "other", ReliableHeaders.ORDERING_KEY, "c",
            ReliableHeaders.DELIVER_AT, "5", ReliableHeaders.LETTER_ID, "7", ReliableHeaders.DEFERRALS, "3",
            DeadLetterPublisher.FAILURES, "4", DeadLetterPublisher.EXCEPTION, "E");

    private final FakeBroker broker = new FakeBroker();

    private final GroupPublisher publisher = this.broker.publisher("g");

    @ParameterizedTest
    @ValueSource(strings = { "RELIABLE_ID", "RELIABLE_SPACE", "RELIABLE_GIVEN_ID", "RELIABLE_TARGET_GROUP",
            "RELIABLE_ORDERING_KEY", "RELIABLE_DELIVER_AT", "RELIABLE_LETTER_ID", "RELIABLE_DEFERRALS",
            "RELIABLE_FAILURES", "RELIABLE_EXCEPTION" })
    void areReadOnlyFromTheMessageThatTheyWereMadeFor(String name) {
        MessageExt message = marked(ALL);
        assertThat(Marks.read(message, name)).isEqualTo(ALL.get(name));
        assertThat(Marks.areForeign(message)).isFalse();

        MessageExt copy = Messages.copyOf(message, "7F00B");
        assertThat(Marks.read(copy, name)).isNull();
        assertThat(Marks.areForeign(copy)).isTrue();

        MessageAccessor.clearProperty(message, ReliableHeaders.MADE_FOR);
        assertThat(Marks.read(message, name)).isNull();
        assertThat(Marks.areForeign(message)).isTrue();
    }

    @Test
    void areNotMissedWhereThereAreNone() {
        MessageExt message = Messages.copyOf(Messages.message("text"), "7F00B");
        MessageAccessor.clearProperty(message, ReliableHeaders.MADE_FOR);
        MessageAccessor.putProperty(message, "RELIABLE_MDC_tenant", "blue");
        MessageAccessor.putProperty(message, ReliableHeaders.PRIORITY, "HIGH");
        assertThat(Marks.areForeign(message)).isFalse();
    }

    /** Whatever was copied from wherever: a new message stays one. */
    @Test
    void makeNoMessageLookLikeAnotherWhateverIsCopied() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> names = new ArrayList<>(ALL.keySet());
        names.add(ReliableHeaders.MADE_FOR);
        for (int i = 0; i < 2000; i++) {
            MessageExt message = new MessageExt();
            message.setTopic("orders");
            message.setMsgId("NEW" + i);
            message.setBody(new byte[] { 1 });
            Collections.shuffle(names, random);
            for (String name : names.subList(0, random.nextInt(names.size() + 1))) {
                MessageAccessor.putProperty(message, name,
                        random.nextBoolean() ? ALL.getOrDefault(name, "OLD" + i) : "OLD" + random.nextInt(i + 1));
            }
            MessageAccessor.putProperty(message, MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX, "NEW" + i);

            assertThat(new KeyReader("g", null).read(message, "")).as("seed %d, round %d", seed, i)
                .isEqualTo(RecordKey.ofUniqKey("g", "NEW" + i));
            StoredMessage stored = DeadLetterMessages.stored(message, StoredMessage.DEFAULT_CLUSTER);
            assertThat(stored.id()).isNull();
            MessageExt again = received(this.publisher.retryCopy(received(ClientMessages.incoming(stored))));
            assertThat(new KeyReader("g", null).read(again, "")).as("of its copy, seed %d, round %d", seed, i)
                .isEqualTo(RecordKey.ofUniqKey("g", "NEW" + i));
            assertThat(ALL.keySet()).as("seed %d, round %d", seed, i)
                .allMatch((name) -> Marks.read(again, name) == null);
        }
    }

    @Test
    void areBelievedOnWhatIsSentAndOnAllItsCopies() {
        PreparedMessage prepared = new PreparedMessage(42, "orders", "U1", "orders", null, List.of("42"),
                new byte[] { 1 }, Map.of("RELIABLE_ID", "42", "RELIABLE_SPACE", "orders"), null, null);
        MessageExt sent = received(ClientMessages.outgoing(prepared));
        RecordKey key = RecordKey.ofMessageId("g", new MessageId(42, "orders"));
        KeyReader keys = new KeyReader("g", null);
        assertThat(key.identity()).isEqualTo("000000000000002a-orders");
        assertThat(keys.read(sent, "")).isEqualTo(key);
        assertThat(keys.read(sent, "").origin()).isNotNull();

        List<MessageExt> copies = List.of(received(this.publisher.retryCopy(sent)),
                received(this.publisher.copy(sent, "orders")),
                received(new Deferral(this.publisher, DelayLevels.parse(DelayLevels.DEFAULT), Duration.ofSeconds(1))
                    .copy(sent)),
                ClientMessages.incoming(DeadLetterMessages.stored(sent, StoredMessage.DEFAULT_CLUSTER)));
        assertThat(copies).allSatisfy((copy) -> {
            assertThat(keys.read(copy, "")).isEqualTo(key);
            assertThat(keys.read(copy, "").origin()).isEqualTo(keys.read(sent, "").origin());
            assertThat(Marks.areForeign(copy)).isFalse();
        });
    }

    @Test
    void areBelievedOnCopiesOfMessagesThatHaveNone() {
        MessageExt plain = Messages.copyOf(Messages.message("text"), "7F00B");
        MessageAccessor.clearProperty(plain, ReliableHeaders.MADE_FOR);
        Message copy = this.publisher.copy(plain, "orders");
        copy.putUserProperty(ReliableHeaders.TARGET_GROUP, "g");
        assertThat(Marks.read(copy, ReliableHeaders.TARGET_GROUP)).isEqualTo("g");
    }

    /** Not all clients give messages a UNIQ_KEY. */
    @Test
    void keepTheIdentityOfAMessageWithoutUniqKey() {
        MessageExt plain = new MessageExt();
        plain.setTopic("orders");
        plain.setMsgId("OFFSET-ID");
        // The client's own.
        MessageAccessor.putProperty(plain, MessageConst.PROPERTY_MIN_OFFSET, "0");
        plain.setBody(new byte[] { 1 });
        KeyReader keys = new KeyReader("g", null);
        Message copy = this.publisher.retryCopy(plain);
        copy.putUserProperty(ReliableHeaders.LETTER_ID, "7");
        assertThat(keys.read(received(copy), "")).isEqualTo(keys.read(plain, ""));
        assertThat(Marks.read(copy, ReliableHeaders.LETTER_ID)).isEqualTo("7");
    }

    @Test
    void giveARowOfTheTablesItsIdWhateverItsHeadersSay() {
        StoredMessage row = new StoredMessage(5L, "orders", "U5", StoredMessage.DEFAULT_CLUSTER, "orders", null,
                List.of("5"), null, Map.of("RELIABLE_ID", "6", "RELIABLE_SPACE", "others"), new byte[] { 1 }, null);
        assertThat(Marks.id(ClientMessages.incoming(row))).isEqualTo(new MessageId(5, "orders"));
        StoredMessage foreign = new StoredMessage(null, "U6", StoredMessage.DEFAULT_CLUSTER, "orders", null, List.of(),
                null, Map.of("RELIABLE_ID", "6"), new byte[] { 1 }, null);
        assertThat(Marks.id(ClientMessages.incoming(foreign))).isNull();
    }

    @Test
    void haveNoOriginWhereTheApplicationChoseTheId() {
        MessageExt drawn = Messages.withId(42);
        MessageExt given = Messages.withId(42);
        MessageAccessor.putProperty(given, ReliableHeaders.GIVEN_ID, "true");
        KeyReader keys = new KeyReader("g", null);
        assertThat(keys.read(drawn, "").origin()).isNotNull();
        assertThat(keys.read(given, "").origin()).isNull();
        assertThat(keys.read(given, "")).isEqualTo(keys.read(drawn, ""));
    }

    @ParameterizedTest
    @ValueSource(strings = { "Orders", "a b", "-a", "" })
    void refuseASpaceThatIsNone(String space) {
        MessageExt message = Messages.withId(42);
        message.getProperties().put(ReliableHeaders.SPACE, space);
        assertThatExceptionOfType(InvalidRecordKeyException.class)
            .isThrownBy(() -> new KeyReader("g", null).read(message, ""));
        assertThat(new KeyReader("g", null).fallback(message)).isEqualTo(RecordKey.ofUniqKey("g", "7F00A"));
    }

    @Test
    void tellApartTheSameIdOfTwoSpaces() {
        Set<String> identities = Set.of(identity(null), identity("a"), identity("b"));
        assertThat(identities).hasSize(3);
    }

    private static String identity(String space) {
        Map<String, String> marks = new LinkedHashMap<>(Map.of(ReliableHeaders.ID, "42"));
        if (space != null) {
            marks.put(ReliableHeaders.SPACE, space);
        }
        return new KeyReader("g", null).read(marked(marks), "").identity();
    }

    private static MessageExt marked(Map<String, String> marks) {
        MessageExt message = Messages.message("text");
        marks.forEach((name, value) -> MessageAccessor.putProperty(message, name, value));
        return message;
    }

    /** As it comes from a broker. */
    private static MessageExt received(Message message) {
        MessageExt received = new MessageExt();
        received.setTopic(message.getTopic());
        received.setBody(message.getBody());
        MessageAccessor.setProperties(received, new HashMap<>(message.getProperties()));
        received.setMsgId(message.getProperty(MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX));
        return received;
    }

}
