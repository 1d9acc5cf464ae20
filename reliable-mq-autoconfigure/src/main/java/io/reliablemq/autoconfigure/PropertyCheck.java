package io.reliablemq.autoconfigure;

import java.time.Duration;
import java.util.List;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.id.IdSpace;
import io.reliablemq.listener.ListenerConcurrency;
import org.jspecify.annotations.Nullable;

import org.springframework.util.unit.DataSize;

/**
 * Rejects property values that bind but make no sense.
 */
final class PropertyCheck {

    private static final int MAX_THREADS = ListenerConcurrency.MOST_THREADS;

    private static final int MOST = 65535;

    private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(65);

    private PropertyCheck() {
    }

    static void inRange(String property, int value, int min, int max) {
        if (value < min || value > max) {
            throw refused(property, value, "Set it to a number from " + min + " to " + max + ".");
        }
    }

    static void idSpace(String property, @Nullable String space) {
        if (space != null && !IdSpace.isValid(space)) {
            throw refused(property, space, "Set it to 1 to " + IdSpace.MAX_LENGTH
                    + " of a to z, 0 to 9 and '-', beginning with a letter or digit, for example orders; or remove it.");
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
        concurrency(prefix, listener);
        positive(prefix + "idempotency.lease", listener.idempotency().lease());
        positive(prefix + "idempotency.retention", listener.idempotency().retention());
    }

    private static void concurrency(String prefix, ReliableMQProperties.Listener listener) {
        optional(prefix + "threads", listener.threads(), MAX_THREADS);
        optional(prefix + "max-threads", listener.maxThreads(), MAX_THREADS);
        optional(prefix + "async-in-flight", listener.asyncInFlight(), MOST);
        tuning(prefix + "tuning.", listener.tuning());
        ReliableMQProperties.Listener.AdaptiveThreads adaptive = listener.adaptive();
        Integer min = adaptive.minThreads();
        Integer max = adaptive.maxThreads();
        optional(prefix + "adaptive.min-threads", min, MAX_THREADS);
        optional(prefix + "adaptive.max-threads", max, MAX_THREADS);
        Integer ceiling = listener.maxThreads();
        if (max != null && ceiling != null && max > ceiling) {
            throw refused(prefix + "adaptive.max-threads", max,
                    "Set it to " + ceiling + " at most, or raise " + prefix + "max-threads.");
        }
        Integer top = (max != null) ? max : ceiling;
        if (min != null && top != null && min > top) {
            throw refused(prefix + "adaptive.min-threads", min,
                    "Set it to " + top + " at most, or raise " + prefix + "adaptive.max-threads.");
        }
    }

    private static void tuning(String prefix, ReliableMQProperties.Listener.Tuning tuning) {
        optional(prefix + "prefetch", tuning.prefetch(), MOST);
        optional(prefix + "pull-batch", tuning.pullBatch(), 1024);
        optional(prefix + "concurrent-span", tuning.concurrentSpan(), MOST);
        DataSize size = tuning.prefetchSize();
        if (size != null && (size.toMegabytes() < 1 || size.toMegabytes() > 1024)) {
            throw refused(prefix + "prefetch-size", size, "Set it to a size from 1MB to 1024MB.");
        }
        Duration interval = tuning.pullInterval();
        if (interval != null && (interval.isNegative() || interval.compareTo(LONGEST_INTERVAL) > 0)) {
            throw refused(prefix + "pull-interval", interval, "Set it to a duration from 0ms to 65s.");
        }
    }

    private static void optional(String property, @Nullable Integer value, int max) {
        if (value != null) {
            inRange(property, value, 1, max);
        }
    }

    private static InvalidConfigurationException refused(String property, Object value, String action) {
        return new InvalidConfigurationException(property + " is " + value + ".", action);
    }

}
