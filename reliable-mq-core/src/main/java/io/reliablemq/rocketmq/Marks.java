package io.reliablemq.rocketmq;

import java.util.Objects;

import io.reliablemq.id.IdSpace;
import io.reliablemq.idempotency.InvalidRecordKeyException;
import io.reliablemq.message.MessageId;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.message.StoredMessage;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageClientIDSetter;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;

/**
 * The library's headers of a message ({@code RELIABLE_*}). They are believed only on the
 * message that they were made for, which {@link ReliableHeaders#MADE_FOR} names by its
 * UNIQ_KEY: applications make new messages of received ones and copy all headers, but a
 * new message has a UNIQ_KEY of its own. Copies for redelivery, and those of brokers,
 * keep it. What all code reads of these headers, it reads here; only values of the
 * logging context and the priority, which decide nothing about a message's identity or
 * way, are taken from where they are.
 */
public final class Marks {

    private Marks() {
    }

    /** Its UNIQ_KEY; without one each redelivered copy has a message id of its own. */
    public static String uniqKey(MessageExt message) {
        String origin = MessageAccessor.getOriginMessageId(message);
        return (MessageClientIDSetter.getUniqID(message) == null && origin != null) ? origin : message.getMsgId();
    }

    /** Whether the headers were made for this message. */
    static boolean areBelieved(Message message) {
        String uniqKey = MessageClientIDSetter.getUniqID(message);
        return uniqKey != null && uniqKey.equals(message.getProperty(ReliableHeaders.MADE_FOR));
    }

    /** A header's value; {@code null} if there is none, or none that is believed. */
    static @Nullable public String read(Message message, String name) {
        String value = message.getProperty(name);
        return (value != null && areBelieved(message)) ? value : null;
    }

    /** Whether there are headers that are not believed. */
    public static boolean areForeign(Message message) {
        return !areBelieved(message) && message.getProperties().keySet().stream().anyMatch(Marks::belongsToOneMessage);
    }

    /** A header that says nothing about a copy of the message's content. */
    public static boolean belongsToOneMessage(String name) {
        return name.startsWith(ReliableHeaders.PREFIX) && !name.equals(ReliableHeaders.PRIORITY)
                && !name.startsWith(ReliableHeaders.MDC_PREFIX);
    }

    /**
     * Id and space.
     * @return {@code null} where no template of this library sent the message
     * @throws InvalidRecordKeyException if they are no such
     */
    static @Nullable public MessageId id(Message message) {
        String id = read(message, ReliableHeaders.ID);
        if (id == null) {
            return null;
        }
        String space = message.getProperty(ReliableHeaders.SPACE);
        if (space != null && !IdSpace.isValid(space)) {
            throw new InvalidRecordKeyException(
                    "The message's " + ReliableHeaders.SPACE + " is no id space. Only this library may set it.");
        }
        try {
            return new MessageId(Long.parseLong(id), space);
        }
        catch (NumberFormatException ex) {
            throw new InvalidRecordKeyException(
                    "The message's " + ReliableHeaders.ID + " is not a number. Only this library may set it.");
        }
    }

    /** The same; {@code null} where they are no such. */
    static @Nullable public MessageId idOrNull(Message message) {
        try {
            return id(message);
        }
        catch (InvalidRecordKeyException ex) {
            return null;
        }
    }

    /**
     * Stands for the UNIQ_KEY of a message whose id was drawn for it; {@code null} where
     * the application chose the id, since another message may rightly have it too.
     */
    static @Nullable public Long origin(Message message) {
        return (read(message, ReliableHeaders.GIVEN_ID) != null) ? null
                : hash(Objects.requireNonNullElse(MessageClientIDSetter.getUniqID(message), ""));
    }

    /** FNV-1a. */
    private static long hash(String text) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        return hash;
    }

    /** Makes the headers that a message has, or is given afterwards, believed. */
    static void bind(Message message, String uniqKey) {
        MessageAccessor.putProperty(message, MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX, uniqKey);
        MessageAccessor.putProperty(message, ReliableHeaders.MADE_FOR, uniqKey);
    }

    /**
     * Lets a copy be given headers that are believed. It has the identity of the original
     * even where that has no UNIQ_KEY; what was not believed there is taken off, or it
     * would be here.
     */
    public static void bindCopy(Message copy, MessageExt original) {
        if (areForeign(original)) {
            original.getProperties()
                .keySet()
                .stream()
                .filter(Marks::belongsToOneMessage)
                .forEach((name) -> MessageAccessor.clearProperty(copy, name));
        }
        String uniqKey = uniqKey(original);
        if (uniqKey != null && !uniqKey.isEmpty()) {
            bind(copy, uniqKey);
        }
    }

    /** Makes the headers of a stored message believed, and gives it its id and space. */
    public static void bind(Message message, StoredMessage stored) {
        put(message, ReliableHeaders.ID, (stored.id() != null) ? stored.id().toString() : null);
        put(message, ReliableHeaders.SPACE, (stored.id() != null) ? stored.space() : null);
        String uniqKey = stored.uniqKey();
        if (uniqKey != null && !uniqKey.isEmpty()) {
            bind(message, uniqKey);
        }
    }

    private static void put(Message message, String name, @Nullable String value) {
        if (value != null) {
            MessageAccessor.putProperty(message, name, value);
        }
        else {
            MessageAccessor.clearProperty(message, name);
        }
    }

}
