package io.reliablemq.rocketmq;

import io.reliablemq.idempotency.InvalidRecordKeyException;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.ReliableHeaders;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageClientIDSetter;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;

/**
 * Finds a message's identity: the listener's expression, else RELIABLE_ID, else UNIQ_KEY.
 */
final class KeyReader {

    private final String group;

    private final @Nullable KeyExpression expression;

    KeyReader(String group, @Nullable KeyExpression expression) {
        this.group = group;
        this.expression = expression;
    }

    RecordKey read(MessageExt message, Object payload) {
        Long id = reliableId(message);
        if (this.expression != null) {
            return RecordKey.ofBusinessKey(this.group, this.expression.evaluate(message, payload), id);
        }
        if (id != null) {
            return RecordKey.ofMessageId(this.group, id);
        }
        return RecordKey.ofUniqKey(this.group, uniqKey(message));
    }

    /** For a message whose key cannot be read: its id, else UNIQ_KEY. */
    RecordKey fallback(MessageExt message) {
        Long id = idOf(message);
        return (id != null) ? RecordKey.ofMessageId(this.group, id) : RecordKey.ofUniqKey(this.group, uniqKey(message));
    }

    /** Without UNIQ_KEY each redelivered copy has a message id of its own. */
    static String uniqKey(MessageExt message) {
        String origin = MessageAccessor.getOriginMessageId(message);
        return (MessageClientIDSetter.getUniqID(message) == null && origin != null) ? origin : message.getMsgId();
    }

    /** {@code null} where the message has none, or one that this library did not set. */
    static @Nullable Long idOf(MessageExt message) {
        try {
            return reliableId(message);
        }
        catch (InvalidRecordKeyException ex) {
            return null;
        }
    }

    /** {@code null} where no template of this library sent the message. */
    private static @Nullable Long reliableId(MessageExt message) {
        String id = message.getProperty(ReliableHeaders.ID);
        if (id == null) {
            return null;
        }
        try {
            return Long.valueOf(id);
        }
        catch (NumberFormatException ex) {
            throw new InvalidRecordKeyException("The message's " + ReliableHeaders.ID + " is not a number: '" + id
                    + "'. Only this library may set it.");
        }
    }

}
