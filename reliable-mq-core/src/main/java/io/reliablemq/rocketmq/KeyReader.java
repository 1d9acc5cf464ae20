package io.reliablemq.rocketmq;

import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.MessageId;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageClientIDSetter;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;

/**
 * Finds a message's identity: the listener's expression, else RELIABLE_ID and its space,
 * else UNIQ_KEY.
 */
final class KeyReader {

    private final String group;

    private final @Nullable KeyExpression expression;

    KeyReader(String group, @Nullable KeyExpression expression) {
        this.group = group;
        this.expression = expression;
    }

    RecordKey read(MessageExt message, Object payload) {
        MessageId id = Marks.id(message);
        if (this.expression != null) {
            String key = this.expression.evaluate(message, payload);
            return (id != null) ? RecordKey.ofBusinessKey(this.group, key, id.id(), id.space())
                    : RecordKey.ofBusinessKey(this.group, key, null);
        }
        return (id != null) ? RecordKey.ofMessageId(this.group, id).withOrigin(Marks.origin(message))
                : RecordKey.ofUniqKey(this.group, uniqKey(message));
    }

    /** For a message whose key cannot be read: its id, else UNIQ_KEY. */
    RecordKey fallback(MessageExt message) {
        MessageId id = Marks.idOrNull(message);
        return (id != null) ? RecordKey.ofMessageId(this.group, id) : RecordKey.ofUniqKey(this.group, uniqKey(message));
    }

    /** Without UNIQ_KEY each redelivered copy has a message id of its own. */
    static String uniqKey(MessageExt message) {
        String origin = MessageAccessor.getOriginMessageId(message);
        return (MessageClientIDSetter.getUniqID(message) == null && origin != null) ? origin : message.getMsgId();
    }

}
