package io.reliablemq.producer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.reliablemq.message.LoggingContext;
import io.reliablemq.message.PropertySize;
import io.reliablemq.message.PropertyText;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.message.ReliableMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Headers that a message gets in addition to its own: the trace context and values of the
 * logging context. The application did not write them into the message and may not even
 * know their values, so one that cannot travel is left out and fails no send; that is
 * said once for each name.
 */
final class AddedHeaders {

    private static final Logger logger = LoggerFactory.getLogger(AddedHeaders.class);

    /** What a transport adds: content type, id, delivery time. */
    private static final int ADDED_BY_TRANSPORT = 512;

    private static final int MOST_WARNINGS = 100;

    private final List<String> mdcKeys;

    private final Set<String> warned = ConcurrentHashMap.newKeySet();

    AddedHeaders(List<String> mdcKeys) {
        this.mdcKeys = mdcKeys;
    }

    /** Adds the trace context, which replaces an older one among the headers. */
    ReliableMessage<?> withTrace(ReliableMessage<?> message, Map<String, String> trace) {
        if (trace.isEmpty()) {
            return message;
        }
        Map<String, String> headers = new LinkedHashMap<>(message.headers());
        trace.forEach((name, value) -> {
            String flaw = ReliableHeaders.isReserved(name) ? "has a reserved name" : flaw(name, value);
            if (flaw == null) {
                String before = headers.put(name, value);
                if (size(message, headers) > PropertySize.MAX_BYTES) {
                    restore(headers, name, before);
                    flaw = tooLong(value);
                }
            }
            if (flaw != null) {
                warn("trace context", name, flaw);
            }
        });
        return new ReliableMessage<>(message.id(), message.space(), message.topic(), message.tag(), message.payload(),
                message.keys(), message.orderingKey(), headers, message.delay());
    }

    private static long size(ReliableMessage<?> message, Map<String, String> headers) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        if (message.orderingKey() != null) {
            all.put(ReliableHeaders.ORDERING_KEY, message.orderingKey());
        }
        return PropertySize.of(message.tag(), message.keys(), all) + ADDED_BY_TRANSPORT;
    }

    /** Adds values of the calling thread's logging context. */
    PreparedMessage withLoggingContext(PreparedMessage message) {
        Map<String, String> found = LoggingContext.headers(this.mdcKeys);
        if (found.isEmpty()) {
            return message;
        }
        Map<String, String> all = new LinkedHashMap<>(message.properties());
        Map<String, String> added = new LinkedHashMap<>();
        found.forEach((name, value) -> {
            String flaw = flaw(name, value);
            if (flaw == null) {
                all.put(name, value);
                if (PropertySize.of(message.tag(), message.keys(), all) > PropertySize.MAX_BYTES) {
                    all.remove(name);
                    flaw = tooLong(value);
                }
            }
            if (flaw == null) {
                added.put(name, value);
            }
            else {
                warn("logging context", name.substring(ReliableHeaders.MDC_PREFIX.length()), flaw);
            }
        });
        return message.withProperties(added);
    }

    private static @Nullable String flaw(String name, @Nullable String value) {
        return (PropertyText.flaw(name) != null) ? "has a name that cannot be a header's" : PropertyText.flaw(value);
    }

    private static String tooLong(String value) {
        return "has " + value.length() + " characters, which makes the properties of a message longer than the "
                + PropertySize.MAX_BYTES + " bytes that RocketMQ stores";
    }

    private static void restore(Map<String, String> headers, String name, @Nullable String before) {
        if (before != null) {
            headers.put(name, before);
        }
        else {
            headers.remove(name);
        }
    }

    /** Never with the value, which may be anything. */
    private void warn(String origin, String name, String flaw) {
        if (this.warned.size() < MOST_WARNINGS && this.warned.add(origin + " " + name)) {
            logger.warn("The value '{}' of the {} {}: messages are sent without it. Said once for each name; shorten or"
                    + " encode the value where it is set.", name, origin, flaw);
        }
    }

}
