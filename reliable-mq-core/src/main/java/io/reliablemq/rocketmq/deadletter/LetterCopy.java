package io.reliablemq.rocketmq.deadletter;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.rocketmq.Marks;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;

/**
 * Truncates the copy of a message for the dead-letter topic until the broker accepts it:
 * the copy has a few properties more than the message, whose own may be as long as is
 * allowed.
 */
public final class LetterCopy {

    /** What the copy lacks. */
    public static final String CUT = "RELIABLE_CUT";

    private static final String PAYLOAD = "payload";

    /** The broker takes 32,767 bytes and adds some of its own. */
    private static final int MOST_PROPERTIES = 31_000;

    private static final int SMALLEST_PROPERTIES = 4_000;

    private static final int LONGEST_CUT = 300;

    /** Without them it would be delivered instead of parked, or has no way back. */
    private static final Set<String> NEEDED = Set.of(MessageConst.PROPERTY_RETRY_TOPIC,
            MessageConst.PROPERTY_RECONSUME_TIME, MessageConst.PROPERTY_MAX_RECONSUME_TIMES,
            DeadLetterPublisher.FAILURES);

    private LetterCopy() {
    }

    /** The whole payload; of the properties those that fit, what identifies it first. */
    static Message withFewerProperties(Message copy) {
        return cut(copy, copy.getBody(), MOST_PROPERTIES, new ArrayList<>());
    }

    /** What identifies it, and where it is. */
    static Message withoutPayload(Message copy, MessageExt message) {
        String place = "The message is at broker " + message.getBrokerName() + ", queue " + message.getQueueId()
                + ", offset " + message.getQueueOffset() + " of topic " + message.getTopic()
                + ", until it expires there.";
        return cut(copy, place.getBytes(StandardCharsets.UTF_8), SMALLEST_PROPERTIES,
                new ArrayList<>(List.of(PAYLOAD)));
    }

    private static Message cut(Message copy, byte[] body, int most, List<String> lacks) {
        Map<String, String> properties = new HashMap<>(copy.getProperties());
        long size = properties.entrySet().stream().mapToLong(LetterCopy::size).sum();
        List<Map.Entry<String, String>> largestFirst = copy.getProperties()
            .entrySet()
            .stream()
            .filter((property) -> !NEEDED.contains(property.getKey()))
            .sorted(Comparator.<Map.Entry<String, String>>comparingInt((property) -> rank(property.getKey()))
                .thenComparing(Comparator.<Map.Entry<String, String>>comparingLong(LetterCopy::size).reversed()))
            .toList();
        for (Map.Entry<String, String> property : largestFirst) {
            if (size > most) {
                properties.remove(property.getKey());
                size -= size(property);
                lacks.add(property.getKey());
            }
        }
        Message cut = new Message(copy.getTopic(), body);
        MessageAccessor.setProperties(cut, properties);
        String text = String.join(", ", lacks);
        MessageAccessor.putProperty(cut, CUT,
                ((text.length() > LONGEST_CUT) ? text.substring(0, LONGEST_CUT) + "…" : text).replaceAll("\\p{Cntrl}",
                        "?"));
        cut.setFlag(copy.getFlag());
        return cut;
    }

    /** Lowest goes first. */
    private static int rank(String name) {
        if (name.startsWith(ReliableHeaders.MDC_PREFIX)) {
            return 0;
        }
        if (MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX.equals(name) || ReliableHeaders.MADE_FOR.equals(name)) {
            return 4;
        }
        if (name.startsWith(ReliableHeaders.PREFIX)) {
            return 3;
        }
        return ReliableHeaders.isRocketMQName(name) ? 2 : 1;
    }

    private static long size(Map.Entry<String, String> property) {
        return 2L + property.getKey().getBytes(StandardCharsets.UTF_8).length
                + property.getValue().getBytes(StandardCharsets.UTF_8).length;
    }

    /** What a copy from the dead-letter topic lacks; {@code null} if nothing. */
    static @Nullable String lacks(MessageExt message) {
        return Marks.read(message, CUT);
    }

    static boolean lacksPayload(MessageExt message) {
        String cut = lacks(message);
        return cut != null && (cut.equals(PAYLOAD) || cut.startsWith(PAYLOAD + ","));
    }

}
