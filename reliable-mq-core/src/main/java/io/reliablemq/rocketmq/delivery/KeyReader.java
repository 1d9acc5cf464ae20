package io.reliablemq.rocketmq.delivery;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

import io.reliablemq.idempotency.InvalidRecordKeyException;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.MessageId;
import io.reliablemq.rocketmq.Marks;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;

/**
 * Finds a message's identity: the listener's expression, else RELIABLE_ID and its space,
 * else UNIQ_KEY.
 */
public final class KeyReader {

    private final String group;

    private final @Nullable KeyExpression expression;

    public KeyReader(String group, @Nullable KeyExpression expression) {
        this.group = group;
        this.expression = expression;
    }

    public RecordKey read(MessageExt message, Object payload) {
        MessageId id = Marks.id(message);
        if (this.expression != null) {
            String key = this.expression.evaluate(message, payload);
            return (id != null) ? RecordKey.ofBusinessKey(this.group, key, id.id(), id.space())
                    : RecordKey.ofBusinessKey(this.group, key, null);
        }
        return (id != null) ? RecordKey.ofMessageId(this.group, id).withOrigin(Marks.origin(message))
                : RecordKey.ofUniqKey(this.group, Marks.uniqKey(message));
    }

    /**
     * For a message whose key cannot be read: its id, else UNIQ_KEY, else a digest of a
     * UNIQ_KEY that is no identity. There always is one.
     */
    public RecordKey fallback(MessageExt message) {
        MessageId id = Marks.idOrNull(message);
        if (id != null) {
            return RecordKey.ofMessageId(this.group, id);
        }
        try {
            return RecordKey.ofUniqKey(this.group, Marks.uniqKey(message));
        }
        catch (InvalidRecordKeyException ex) {
            return RecordKey.ofUniqKey(this.group, "sha256:" + digest(Marks.uniqKey(message)));
        }
    }

    private static String digest(String text) {
        try {
            // UTF-16: halves of surrogate pairs differ too.
            byte[] bytes = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_16BE));
            return HexFormat.of().formatHex(bytes);
        }
        catch (NoSuchAlgorithmException ex) {
            throw new IllegalStateException("Every Java platform has SHA-256", ex);
        }
    }

}
