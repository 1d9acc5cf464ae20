package io.reliablemq.degradation;

import java.time.Instant;
import java.util.List;

import io.reliablemq.listener.ListenerPriority;
import io.reliablemq.listener.OverloadAction;
import org.jspecify.annotations.Nullable;

/**
 * Who gives way at this instance, and why.
 *
 * @param level the level that holds
 * @param automatic the level that the policy has come to
 * @param forced the level that a person wants; {@code null} if the policy's holds
 * @param since since when the level holds; {@code null} if it never changed
 * @param lastLook what the policy saw last; {@code null} if it has not looked
 * @param listeners what each listener does
 * @param changes the last changes, newest first
 */
public record DegradationState(DegradationLevel level, DegradationLevel automatic, @Nullable DegradationLevel forced,
        @Nullable Instant since, @Nullable String lastLook, List<Listener> listeners, List<DegradationChange> changes) {

    /**
     * Copies the lists.
     */
    public DegradationState {
        listeners = List.copyOf(listeners);
        changes = List.copyOf(changes);
    }

    /**
     * A listener.
     *
     * @param group consumer group
     * @param priority how important it is
     * @param onOverload how it gives way
     * @param givesWay whether it does so now
     */
    public record Listener(String group, ListenerPriority priority, OverloadAction onOverload, boolean givesWay) {
    }

}
