package io.reliablemq.listener;

import java.time.Duration;
import java.util.function.Function;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.idempotency.IdempotencyMode;
import io.reliablemq.idempotency.IdempotencyStoreType;
import io.reliablemq.idempotency.IdempotentConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.format.annotation.DurationFormat;
import org.springframework.format.datetime.standard.DurationFormatterUtils;

/**
 * The annotation's attributes; what it leaves open is {@code null}.
 */
record AnnotationValues(String group, @Nullable IdempotentConsumer annotation, Function<String, String> placeholders) {

    /** RocketMQ's own limit of a delivery. */
    private static final int LARGEST_BATCH = 1024;

    @Nullable String key() {
        return (this.annotation != null) ? text(this.annotation.key()) : null;
    }

    @Nullable IdempotencyStoreType store() {
        return (this.annotation != null && this.annotation.store() != IdempotencyStoreType.AUTO)
                ? this.annotation.store() : null;
    }

    @Nullable IdempotencyMode mode() {
        return (this.annotation != null && this.annotation.mode() != IdempotencyMode.AUTO) ? this.annotation.mode()
                : null;
    }

    @Nullable Duration lease() {
        return (this.annotation != null) ? duration("lease", this.annotation.lease()) : null;
    }

    @Nullable Duration retention() {
        return (this.annotation != null) ? duration("retention", this.annotation.retention()) : null;
    }

    @Nullable String transactionManager() {
        return (this.annotation != null) ? text(this.annotation.transactionManager()) : null;
    }

    int batch(@Nullable Integer property) {
        int batch = (property != null) ? property : (this.annotation != null) ? this.annotation.batch() : 1;
        if (batch < 1 || batch > LARGEST_BATCH) {
            throw new InvalidConfigurationException(
                    "The batch of consumer group '" + this.group + "' is " + batch + ".",
                    "Give a number of messages from 1 to " + LARGEST_BATCH + ".");
        }
        return batch;
    }

    Duration positive(String name, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new InvalidConfigurationException(
                    "The " + name + " of consumer group '" + this.group + "' is " + value + ".",
                    "Give a duration above zero, for example 30s.");
        }
        return value;
    }

    /** Shorter ones cannot be renewed in time; most likely the unit is missing. */
    Duration atLeast(Duration minimum, String name, Duration value) {
        if (value.compareTo(minimum) < 0) {
            throw new InvalidConfigurationException(
                    "The " + name + " of consumer group '" + this.group + "' is " + value + ".",
                    "Give at least " + minimum.toMillis() + "ms, with a unit, for example 30s.");
        }
        return value;
    }

    private @Nullable Duration duration(String name, String value) {
        String text = text(value);
        if (text == null) {
            return null;
        }
        try {
            return DurationFormatterUtils.detectAndParse(text, DurationFormat.Unit.MILLIS);
        }
        catch (IllegalArgumentException ex) {
            throw new InvalidConfigurationException("@IdempotentConsumer(" + name + " = \"" + value
                    + "\") of consumer group '" + this.group + "' is not a duration.",
                    "Write a number with a unit: 500ms, 30s, 10m, 6h or 7d.");
        }
    }

    private @Nullable String text(String value) {
        String resolved = this.placeholders.apply(value).trim();
        return resolved.isEmpty() ? null : resolved;
    }

}
