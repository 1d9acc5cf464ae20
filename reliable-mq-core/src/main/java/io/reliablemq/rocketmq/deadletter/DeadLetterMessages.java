package io.reliablemq.rocketmq.deadletter;

import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import io.reliablemq.deadletter.DeadLetterDetails;
import io.reliablemq.deadletter.DeliveryOrigin;
import io.reliablemq.message.MessageId;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.rocketmq.Marks;
import io.reliablemq.rocketmq.redelivery.GroupPublisher;
import io.reliablemq.rocketmq.redelivery.GroupRedelivery;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;

/**
 * Converts delivered messages to stored ones, and back.
 */
public final class DeadLetterMessages {

    /** They belong to one delivery, not to the message. */
    private static final Set<String> PASSING = Set.of(ReliableHeaders.TARGET_GROUP, GroupRedelivery.TARGET_TOPIC,
            ReliableHeaders.LETTER_ID, ReliableHeaders.DEFERRALS, ReliableHeaders.MADE_FOR,
            DeadLetterPublisher.FAILURES, DeadLetterPublisher.EXCEPTION, LetterCopy.CUT);

    private DeadLetterMessages() {
    }

    public static StoredMessage stored(MessageExt message, String cluster) {
        Map<String, String> headers = new LinkedHashMap<>();
        boolean foreign = Marks.areForeign(message);
        message.getProperties().forEach((name, value) -> {
            if (value != null && !ReliableHeaders.isRocketMQName(name) && !PASSING.contains(name)
                    && !(foreign && Marks.belongsToOneMessage(name))) {
                headers.put(name, value);
            }
        });
        String keys = message.getKeys();
        MessageId id = Marks.idOrNull(message);
        return new StoredMessage((id != null) ? (Long) id.id() : null, (id != null) ? id.space() : null,
                Marks.uniqKey(message), cluster, GroupPublisher.originalTopic(message), message.getTags(),
                (keys != null && !keys.isBlank()) ? List.of(keys.trim().split("\\s+")) : List.of(),
                Marks.read(message, ReliableHeaders.ORDERING_KEY), headers,
                (message.getBody() != null) ? message.getBody() : new byte[0], deliverAt(message));
    }

    static DeliveryOrigin origin(MessageExt message) {
        return new DeliveryOrigin(message.getBrokerName(), message.getQueueId(), message.getQueueOffset(),
                instant(message.getBornTimestamp()), instant(message.getStoreTimestamp()), message.getReconsumeTimes());
    }

    /** What a redelivery takes. */
    static MessageExt delivered(DeadLetterDetails details) {
        StoredMessage stored = details.message();
        Map<String, String> properties = new HashMap<>(stored.headers());
        putIfPresent(properties, MessageConst.PROPERTY_TAGS, stored.tag());
        if (!stored.keys().isEmpty()) {
            properties.put(MessageConst.PROPERTY_KEYS, String.join(" ", stored.keys()));
        }
        MessageExt message = new MessageExt();
        message.setTopic(stored.topic());
        message.setBody(stored.payload());
        message.setMsgId(Objects.requireNonNullElse(stored.uniqKey(), ""));
        MessageAccessor.setProperties(message, properties);
        Marks.bind(message, stored);
        return message;
    }

    private static void putIfPresent(Map<String, String> properties, String name, @Nullable String value) {
        if (value != null) {
            properties.put(name, value);
        }
    }

    private static @Nullable Instant instant(long millis) {
        return (millis > 0) ? Instant.ofEpochMilli(millis) : null;
    }

    private static @Nullable Instant deliverAt(MessageExt message) {
        String millis = Marks.read(message, ReliableHeaders.DELIVER_AT);
        return (millis != null && millis.matches("\\d{1,18}")) ? Instant.ofEpochMilli(Long.parseLong(millis)) : null;
    }

}
