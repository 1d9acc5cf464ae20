package io.reliablemq.idempotency;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

import io.reliablemq.id.IdSpace;
import io.reliablemq.message.MessageId;
import org.jspecify.annotations.Nullable;

/**
 * Names one record: the effect of one message for one consumer group.
 *
 * @param group consumer group, at most 255 bytes of UTF-8
 * @param identity what makes two deliveries the same message, at most 255 bytes of UTF-8;
 * see the factory methods for the three forms
 * @param messageId the {@code RELIABLE_ID} that the delivered message carries, if it does
 * @param space the {@code RELIABLE_SPACE} that it carries, if it does
 * @param origin stands for the UNIQ_KEY of a message whose id was drawn for it: another
 * origin is another message. {@code null} if that cannot be said. Keys that differ in it
 * only are equal
 */
public record RecordKey(String group, String identity, @Nullable Long messageId, @Nullable String space,
        @Nullable Long origin) {

    /** Longest group and longest identity, in bytes of UTF-8. */
    public static final int MAX_BYTES = 255;

    /**
     * Checks the lengths.
     * @throws InvalidRecordKeyException if a part is empty, too long or no valid text; it
     * is never cut
     */
    public RecordKey {
        requireFits("consumer group", group);
        requireFits("idempotency key", identity);
        if (space != null && !IdSpace.isValid(space)) {
            throw new InvalidRecordKeyException("The message's id space '" + space + "' is none.");
        }
    }

    /**
     * The record of a message without an id space.
     * @param group as above
     * @param identity as above
     * @param messageId as above
     */
    public RecordKey(String group, String identity, @Nullable Long messageId) {
        this(group, identity, messageId, null, null);
    }

    /**
     * Identity of a message sent by {@code ReliableMQTemplate}: its id as 16 hexadecimal
     * digits, so that identities sort like time.
     * @param group consumer group
     * @param messageId the message's {@code RELIABLE_ID}
     * @return the key
     */
    public static RecordKey ofMessageId(String group, long messageId) {
        return ofMessageId(group, new MessageId(messageId, null));
    }

    /**
     * Identity of a message sent by {@code ReliableMQTemplate}: its id as 16 hexadecimal
     * digits, so that identities sort like time, and its id space.
     * @param group consumer group
     * @param message the message's {@code RELIABLE_ID} and {@code RELIABLE_SPACE}
     * @return the key
     */
    public static RecordKey ofMessageId(String group, MessageId message) {
        return new RecordKey(group, message.identity(), message.id(), message.space(), null);
    }

    /**
     * Identity chosen by the application, for example an order number.
     * @param group consumer group
     * @param key the application's key; stored with the prefix {@code k:}
     * @param messageId the {@code RELIABLE_ID} of the delivered message, if it carries
     * one
     * @return the key
     */
    public static RecordKey ofBusinessKey(String group, @Nullable String key, @Nullable Long messageId) {
        if (key == null || key.isEmpty()) {
            throw new InvalidRecordKeyException("The idempotency key of consumer group '" + group
                    + "' is null or empty. Every message must have one: correct the key expression, or the sender.");
        }
        return new RecordKey(group, "k:" + key, messageId);
    }

    /**
     * Identity chosen by the application, for example an order number.
     * @param group consumer group
     * @param key the application's key; stored with the prefix {@code k:}
     * @param messageId the {@code RELIABLE_ID} of the delivered message, if it carries
     * one
     * @param space the {@code RELIABLE_SPACE} of the delivered message, if it carries one
     * @return the key
     */
    public static RecordKey ofBusinessKey(String group, @Nullable String key, @Nullable Long messageId,
            @Nullable String space) {
        RecordKey plain = ofBusinessKey(group, key, messageId);
        return (space != null) ? new RecordKey(group, plain.identity(), messageId, space, null) : plain;
    }

    /**
     * Identity of a message that no {@code ReliableMQTemplate} sent: RocketMQ's own
     * UNIQ_KEY. It changes when an application sends the same thing again.
     * @param group consumer group
     * @param uniqKey RocketMQ's UNIQ_KEY; stored with the prefix {@code u:}
     * @return the key
     */
    public static RecordKey ofUniqKey(String group, String uniqKey) {
        return new RecordKey(group, "u:" + uniqKey, null);
    }

    /**
     * The message that carries this key.
     * @return its id and space; {@code null} if it carries no id
     */
    public @Nullable MessageId message() {
        return (this.messageId != null) ? new MessageId(this.messageId, this.space) : null;
    }

    /**
     * The same record, claimed by a message that is known from others with its id.
     * @param origin see {@link #origin()}
     * @return the key
     */
    public RecordKey withOrigin(@Nullable Long origin) {
        return new RecordKey(this.group, this.identity, this.messageId, this.space, origin);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RecordKey key && this.group.equals(key.group) && this.identity.equals(key.identity)
                && Objects.equals(this.messageId, key.messageId) && Objects.equals(this.space, key.space);
    }

    @Override
    public int hashCode() {
        return 31 * this.group.hashCode() + this.identity.hashCode();
    }

    private static void requireFits(String what, String value) {
        if (value.isEmpty()) {
            throw new InvalidRecordKeyException("The " + what + " is empty.");
        }
        if (value.length() <= MAX_BYTES && isAscii(value)) {
            return;
        }
        if (value.indexOf('\0') >= 0 || !StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
            throw new InvalidRecordKeyException("The " + what + " contains a NUL character or half a surrogate pair,"
                    + " which databases cannot tell apart or store: use another one, or a digest of it.");
        }
        int bytes = value.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_BYTES) {
            throw new InvalidRecordKeyException("The " + what + " has " + bytes + " bytes, at most " + MAX_BYTES
                    + " are allowed: use a shorter one, or a digest of it.");
        }
    }

    private static boolean isAscii(String value) {
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) == 0 || value.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

}
