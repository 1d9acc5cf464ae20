package io.reliablemq.message;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import io.reliablemq.Internal;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes the properties of a message take at a broker.
 */
@Internal
public final class PropertySize {

    /** The broker keeps the length of all properties in a signed 16-bit number. */
    public static final int MAX_BYTES = Short.MAX_VALUE;

    /**
     * Kept free for what is added on the way: by the client (UNIQ_KEY, which also comes
     * as {@link ReliableHeaders#MADE_FOR}, and WAIT), by the broker (timers, region,
     * cluster), and to copies in {@code %RETRY%} and {@code %DLQ%} by both and by this
     * library (topics of 127 and groups of 255 characters, ids and their space, counters,
     * the name of an exception).
     */
    private static final int ADDED_ON_THE_WAY = 2048;

    private static final int MOST_BYTES_OF_A_CHAR = 3;

    private static final int SEPARATORS = 2;

    private PropertySize() {
    }

    /**
     * Counts the bytes, those that are added on the way included. Where that is enough to
     * see that they fit, they are only estimated, as too many.
     * @param tag the tag, if there is one
     * @param keys all keys
     * @param properties all other properties
     * @return at least as many bytes as they take, and if more than {@link #MAX_BYTES}
     * exactly as many
     */
    public static long of(@Nullable String tag, List<String> keys, Map<String, String> properties) {
        long chars = count(tag, keys, properties, false);
        long most = ADDED_ON_THE_WAY + MOST_BYTES_OF_A_CHAR * chars;
        return (most <= MAX_BYTES) ? most : ADDED_ON_THE_WAY + count(tag, keys, properties, true);
    }

    private static long count(@Nullable String tag, List<String> keys, Map<String, String> properties, boolean bytes) {
        long sum = (tag != null) ? length(tag, bytes) : 0;
        for (String key : keys) {
            sum += length(key, bytes) + 1L;
        }
        for (Map.Entry<String, String> property : properties.entrySet()) {
            sum += (long) length(property.getKey(), bytes) + length(property.getValue(), bytes) + SEPARATORS;
        }
        return sum;
    }

    private static int length(String text, boolean bytes) {
        return bytes ? text.getBytes(StandardCharsets.UTF_8).length : text.length();
    }

}
