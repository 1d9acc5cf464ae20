package io.reliablemq.idempotency;

import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

/**
 * What a guarded action can know about itself.
 *
 * @param group consumer group
 * @param identity identity of the message within the group, see {@link RecordKey}
 * @param token fencing token, growing with each claim of this record: hand it, together
 * with the identity, to a system that refuses a smaller token than it has seen for that
 * identity, and a frozen worker cannot overwrite its successor's work
 * @param attempt number of this attempt, from 1
 */
public record IdempotencyContext(String group, String identity, long token, int attempt) {

    private static final ThreadLocal<@Nullable IdempotencyContext> CURRENT = new ThreadLocal<>();

    /**
     * The context of the guarded action that this thread runs.
     * @return the context
     * @throws IllegalStateException if this thread runs no guarded action
     */
    public static IdempotencyContext current() {
        IdempotencyContext context = CURRENT.get();
        if (context == null) {
            throw new IllegalStateException("No guarded action runs on this thread: call IdempotencyContext.current()"
                    + " inside the listener, before handing work to another thread.");
        }
        return context;
    }

    static <T> T call(RecordKey key, long token, int attempt, Callable<T> action) throws Exception {
        IdempotencyContext outer = CURRENT.get();
        CURRENT.set(new IdempotencyContext(key.group(), key.identity(), token, attempt));
        try {
            return action.call();
        }
        finally {
            if (outer != null) {
                CURRENT.set(outer);
            }
            else {
                CURRENT.remove();
            }
        }
    }

}
