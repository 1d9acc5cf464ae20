package io.reliablemq.listener;

import java.util.Objects;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.throttling.RateLimit;
import org.jspecify.annotations.Nullable;

/**
 * What the properties say about a listener's importance and speed.
 *
 * @param priority how important it is; {@code null} for NORMAL
 * @param onOverload how it gives way; {@code null} for what its priority suggests
 * @param rateLimit messages per second and instance; {@code null} for no limit
 * @param concurrencyLimit messages processed at once per instance; {@code null} for no
 * limit but the threads
 */
public record ListenerLimits(@Nullable ListenerPriority priority, @Nullable OverloadAction onOverload,
        @Nullable Double rateLimit, @Nullable Integer concurrencyLimit) {

    private static final ListenerLimits NONE = new ListenerLimits(null, null, null, null);

    /**
     * Says nothing.
     * @return a limits without a value
     */
    public static ListenerLimits none() {
        return NONE;
    }

    /**
     * How important the listener is.
     * @return the priority, NORMAL unless set
     */
    public ListenerPriority effectivePriority() {
        return Objects.requireNonNullElse(this.priority, ListenerPriority.NORMAL);
    }

    /**
     * How the listener gives way: as set, else CRITICAL not at all, NORMAL by going on
     * slowly, LOW by a pause.
     * @return the action; DEFERRED and DROPPED only where they are set
     */
    public OverloadAction effectiveAction() {
        return Objects.requireNonNullElse(this.onOverload, switch (effectivePriority()) {
            case CRITICAL -> OverloadAction.NONE;
            case NORMAL -> OverloadAction.SLOWED;
            case LOW -> OverloadAction.PAUSED;
        });
    }

    /**
     * Checks that a listener can be shaped like this.
     * @param group its consumer group
     * @param ordered whether it consumes in order
     * @throws InvalidConfigurationException saying what to write instead
     */
    public void requireFits(String group, boolean ordered) {
        String property = "reliable-mq.listeners.\"[" + group + "]\".";
        OverloadAction action = effectiveAction();
        if (effectivePriority() == ListenerPriority.CRITICAL && action != OverloadAction.NONE) {
            throw new InvalidConfigurationException(
                    property + "on-overload is " + action + ", but its priority is CRITICAL: it never gives way.",
                    "Remove on-overload, or set the priority to normal or low.");
        }
        if (ordered && (action == OverloadAction.DEFERRED || action == OverloadAction.DROPPED)) {
            throw new InvalidConfigurationException(property + "on-overload is " + action
                    + ", but the listener consumes in order: later messages of a key would overtake those that are"
                    + " left out.", "Set it to paused, slowed or none, or consume concurrently.");
        }
        if (this.rateLimit != null) {
            Object unused = RateLimit.perSecond(property + "rate-limit", this.rateLimit);
        }
        if (this.concurrencyLimit != null && this.concurrencyLimit < 1) {
            throw new InvalidConfigurationException(property + "concurrency-limit is " + this.concurrencyLimit + ".",
                    "Set it to at least 1; leave it out for no limit.");
        }
    }

}
