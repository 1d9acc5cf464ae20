package io.reliablemq.idempotency;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

import org.jspecify.annotations.Nullable;

/**
 * Names one record: the effect of one message for one consumer group.
 *
 * @param group consumer group, at most 255 bytes of UTF-8
 * @param identity what makes two deliveries the same message, at most 255 bytes of UTF-8;
 * see the factory methods for the three forms
 * @param messageId the {@code RELIABLE_ID} that the delivered message carries, if it does
 */
public record RecordKey(String group, String identity, @Nullable Long messageId) {

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
    }

    /**
     * Identity of a message sent by {@code ReliableMQTemplate}: its id as 16 hexadecimal
     * digits, so that identities sort like time.
     * @param group consumer group
     * @param messageId the message's {@code RELIABLE_ID}
     * @return the key
     */
    public static RecordKey ofMessageId(String group, long messageId) {
        return new RecordKey(group, HexFormat.of().toHexDigits(messageId), messageId);
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
     * Identity of a message that no {@code ReliableMQTemplate} sent: RocketMQ's own
     * UNIQ_KEY. It changes when an application sends the same thing again.
     * @param group consumer group
     * @param uniqKey RocketMQ's UNIQ_KEY; stored with the prefix {@code u:}
     * @return the key
     */
    public static RecordKey ofUniqKey(String group, String uniqKey) {
        return new RecordKey(group, "u:" + uniqKey, null);
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
