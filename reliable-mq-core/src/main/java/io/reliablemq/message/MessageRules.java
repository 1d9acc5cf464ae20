package io.reliablemq.message;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.reliablemq.id.IdSpace;
import org.jspecify.annotations.Nullable;

/**
 * What RocketMQ would drop, garble or refuse much later.
 */
final class MessageRules {

    private MessageRules() {
    }

    static void checkId(@Nullable Long id, @Nullable String space) {
        if (id != null && id <= 0) {
            throw new InvalidMessageException("The id " + id + " is not positive. Leave it out to have one drawn, or "
                    + "give the positive id of the message that is sent again.");
        }
        if (space == null) {
            return;
        }
        if (id == null) {
            throw new InvalidMessageException(
                    "There is an id space, '" + space + "', but no id. Leave both out to have "
                            + "an id drawn, or give both, as the message that is sent again carries them.");
        }
        if (!IdSpace.isValid(space)) {
            throw new InvalidMessageException("The id space '" + space + "' is none: it has 1 to " + IdSpace.MAX_LENGTH
                    + " of a to z, 0 to 9 and '-'. Give the one that the message carries in " + ReliableHeaders.SPACE
                    + ".");
        }
    }

    static <T> T checkPayload(@Nullable T payload) {
        if (payload == null) {
            throw new InvalidMessageException("The payload is null, RocketMQ cannot store a message without a body. "
                    + "Send a payload that says that there is nothing, such as an empty JSON object.");
        }
        if (payload instanceof ReliableMessage<?>) {
            throw new InvalidMessageException(
                    "The payload is itself a ReliableMessage, which names its own destination. "
                            + "Write send(message), without a destination.");
        }
        if (isEmpty(payload)) {
            throw new InvalidMessageException("The payload is empty, RocketMQ cannot store a message without a body. "
                    + "Send at least one byte.");
        }
        return payload;
    }

    private static boolean isEmpty(Object payload) {
        return (payload instanceof CharSequence text && text.isEmpty())
                || (payload instanceof byte[] bytes && bytes.length == 0);
    }

    static List<String> checkedKeys(@Nullable List<String> keys) {
        if (keys == null) {
            return List.of();
        }
        for (String key : keys) {
            checkKey(key);
        }
        return Collections.unmodifiableList(new ArrayList<>(keys));
    }

    private static void checkKey(@Nullable String key) {
        if (key == null || PropertyText.isBlank(key)) {
            throw new InvalidMessageException("A key is null or blank. Leave it out, or give one without blanks.");
        }
        if (PropertyText.containsWhitespaceOrControl(key)) {
            throw new InvalidMessageException("The key '" + key + "' contains a blank or a control character, but "
                    + "RocketMQ separates keys by blanks. Add several keys one by one, or replace the blank.");
        }
        requireTravels("The key", key);
    }

    static void checkOrderingKey(@Nullable String orderingKey) {
        if (orderingKey == null) {
            return;
        }
        if (PropertyText.isBlank(orderingKey)) {
            throw new InvalidMessageException("The ordering key is blank, so all such messages would share one queue. "
                    + "Leave it out, or give one that names what must stay in order.");
        }
        requireTravels("The ordering key", orderingKey);
    }

    /** Refused here, where the text was written, and not at a commit or by a broker. */
    static void requireTravels(String what, String text) {
        String flaw = PropertyText.flaw(text);
        if (flaw != null) {
            throw new InvalidMessageException(what + " " + flaw + ". Remove it, or encode the text.");
        }
    }

    static Map<String, String> checkedHeaders(@Nullable Map<String, String> headers) {
        if (headers == null || headers.isEmpty()) {
            return Map.of();
        }
        headers.forEach(MessageRules::checkHeader);
        return Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }

    private static void checkHeader(@Nullable String name, @Nullable String value) {
        if (name == null || PropertyText.isBlank(name)) {
            throw new InvalidMessageException("A header's name is null or blank. Name it, or leave it out.");
        }
        if (name.equals(ReliableHeaders.PRIORITY)) {
            checkPriority(value);
        }
        else if (name.startsWith(ReliableHeaders.PREFIX)) {
            throw new InvalidMessageException("The header '" + name + "' is reserved: names that begin with '"
                    + ReliableHeaders.PREFIX + "' are set by the library. Use id(…) to send the same message again, "
                    + "and leave such headers out when forwarding a received message.");
        }
        if (ReliableHeaders.isReserved(name)) {
            throw new InvalidMessageException("The header '" + name + "' is reserved by RocketMQ. Use the message's "
                    + "own keys, tag and delay for what they stand for, or choose another name.");
        }
        if (value == null || PropertyText.isBlank(value)) {
            throw new InvalidMessageException("The header '" + name + "' is null or blank, which RocketMQ refuses "
                    + "(control characters count as blanks). Leave it out, or give it a value.");
        }
        requireTravels("The name of a header", name);
        requireTravels("The header '" + name + "'", value);
    }

    private static void checkPriority(@Nullable String value) {
        if (Arrays.stream(MessagePriority.values()).noneMatch((priority) -> priority.name().equals(value))) {
            throw new InvalidMessageException("The header '" + ReliableHeaders.PRIORITY + "' is '" + value
                    + "'. Use priority(…) of the builder, or one of " + Arrays.toString(MessagePriority.values())
                    + ".");
        }
    }

    static void checkDelay(@Nullable Duration delay, @Nullable String orderingKey) {
        if (delay == null) {
            return;
        }
        if (orderingKey != null) {
            throw new InvalidMessageException("A message has either a delay or an ordering key, not both: while it "
                    + "waits, later messages of its key would overtake it. Leave one of them out.");
        }
        if (delay.isNegative()) {
            throw new InvalidMessageException("The delay " + delay + " is negative. Leave it out to deliver at once.");
        }
        if (delay.compareTo(ReliableMessage.MAX_DELAY) > 0) {
            throw new InvalidMessageException("The delay " + delay + " is longer than 3 days, the longest that brokers "
                    + "accept. Use a shorter one, or store the message and send it later.");
        }
    }

}
