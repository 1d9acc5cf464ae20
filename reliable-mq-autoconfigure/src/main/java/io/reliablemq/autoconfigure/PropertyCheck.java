package io.reliablemq.autoconfigure;

import java.time.Duration;
import java.util.List;

import io.reliablemq.InvalidConfigurationException;
import org.jspecify.annotations.Nullable;

/**
 * Values that can be read, but not used.
 */
final class PropertyCheck {

    private static final int MAX_THREADS = 1000;

    private PropertyCheck() {
    }

    static void inRange(String property, int value, int min, int max) {
        if (value < min || value > max) {
            throw refused(property, value, "Set it to a number from " + min + " to " + max + ".");
        }
    }

    static void positive(String property, @Nullable Duration value) {
        if (value != null && (value.isNegative() || value.isZero())) {
            throw refused(property, value, "Set it to a duration above zero, for example 30s.");
        }
    }

    static void notNegative(String property, Duration value) {
        if (value.isNegative()) {
            throw refused(property, value, "Set it to 0ms or more, for example 10ms.");
        }
    }

    static void limits(String prefix, @Nullable Long lag, @Nullable Duration lagTime, @Nullable Duration stalledFor) {
        if (lag != null && lag < 0) {
            throw refused(prefix + "lag", lag, "Set it to a number of messages, 0 or more.");
        }
        positive(prefix + "lag-time", lagTime);
        if (stalledFor != null) {
            notNegative(prefix + "stalled-for", stalledFor);
        }
    }

    static void listener(String group, ReliableMQProperties.Listener listener) {
        String prefix = "reliable-mq.listeners." + group + ".";
        Integer maxAttempts = listener.retry().maxAttempts();
        if (maxAttempts != null && maxAttempts < 0) {
            throw refused(prefix + "retry.max-attempts", maxAttempts, "Set it to 1 or more, or to 0 for no end.");
        }
        List<Duration> backoff = listener.retry().backoff();
        if (backoff != null) {
            backoff.forEach((wait) -> positive(prefix + "retry.backoff", wait));
        }
        Integer threads = listener.threads();
        if (threads != null) {
            inRange(prefix + "threads", threads, 1, MAX_THREADS);
        }
        positive(prefix + "idempotency.lease", listener.idempotency().lease());
        positive(prefix + "idempotency.retention", listener.idempotency().retention());
    }

    private static InvalidConfigurationException refused(String property, Object value, String action) {
        return new InvalidConfigurationException(property + " is " + value + ".", action);
    }

}
