package io.reliablemq.message;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.reliablemq.Internal;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * What travels of the logging context (MDC), as headers of the message.
 */
@Internal
public final class LoggingContext implements AutoCloseable {

    private final @Nullable String idBefore;

    private Map<String, @Nullable String> before = Map.of();

    private LoggingContext(@Nullable String idBefore) {
        this.idBefore = idBefore;
    }

    /**
     * Takes values from the calling thread.
     * @param keys their names
     * @return headers with those that are set
     */
    public static Map<String, String> headers(List<String> keys) {
        Map<String, String> headers = new LinkedHashMap<>();
        for (String key : keys) {
            String value = MDC.get(key);
            if (value != null) {
                headers.put(ReliableHeaders.MDC_PREFIX + key, value);
            }
        }
        return headers;
    }

    /**
     * Sets on the calling thread what a message brings, and its id.
     * @param id the id
     * @param headers the message's headers
     * @return to be closed on the same thread, which restores what was there before
     */
    public static LoggingContext open(String id, Map<String, String> headers) {
        LoggingContext context = new LoggingContext(MDC.get(ReliableHeaders.MDC_KEY));
        for (Map.Entry<String, String> header : headers.entrySet()) {
            if (header.getKey().startsWith(ReliableHeaders.MDC_PREFIX)) {
                context.put(header.getKey().substring(ReliableHeaders.MDC_PREFIX.length()), header.getValue());
            }
        }
        MDC.put(ReliableHeaders.MDC_KEY, id);
        return context;
    }

    private void put(String key, String value) {
        if (this.before.isEmpty()) {
            this.before = new HashMap<>();
        }
        this.before.put(key, MDC.get(key));
        MDC.put(key, value);
    }

    @Override
    public void close() {
        this.before.forEach(LoggingContext::restore);
        restore(ReliableHeaders.MDC_KEY, this.idBefore);
    }

    private static void restore(String key, @Nullable String value) {
        if (value != null) {
            MDC.put(key, value);
        }
        else {
            MDC.remove(key);
        }
    }

}
