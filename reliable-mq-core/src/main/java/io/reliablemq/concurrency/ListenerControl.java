package io.reliablemq.concurrency;

import java.util.List;
import java.util.function.Supplier;

import io.reliablemq.ReliableMQException;

/**
 * The running listeners of this instance: what they do, and their knobs. Several
 * listeners may share a group; what is asked of a group holds for all of them.
 */
public final class ListenerControl {

    private final Supplier<List<TunableListener>> listeners;

    /**
     * Creates the control.
     * @param listeners knows all listeners at the time it is asked
     */
    public ListenerControl(Supplier<List<TunableListener>> listeners) {
        this.listeners = listeners;
    }

    /**
     * All listeners.
     * @return those whose containers were created, guarded or not
     */
    public List<TunableListener> listeners() {
        return List.copyOf(this.listeners.get());
    }

    /**
     * The listeners of a group.
     * @param group consumer group
     * @return its listeners, empty if this instance has none
     */
    public List<TunableListener> find(String group) {
        return this.listeners.get().stream().filter((it) -> it.group().equals(group)).toList();
    }

    /**
     * Turns knobs of a group's listeners.
     * @param group consumer group
     * @param changes what is {@code null} stays as it is
     * @throws io.reliablemq.InvalidConfigurationException if a value cannot be used
     * @throws ReliableMQException if this instance has no such listener
     */
    public void tune(String group, ListenerTuning changes) {
        require(group).forEach((it) -> it.tune(changes));
    }

    /**
     * Stops pulling.
     * @param group consumer group
     * @param by who asks
     * @throws ReliableMQException if this instance has no such listener
     */
    public void pause(String group, String by) {
        require(group).forEach((it) -> it.pause(by));
    }

    /**
     * Takes back what one has asked for; pulling goes on once nobody wants it paused.
     * @param group consumer group
     * @param by who had asked
     * @throws ReliableMQException if this instance has no such listener
     */
    public void resume(String group, String by) {
        require(group).forEach((it) -> it.resume(by));
    }

    private List<TunableListener> require(String group) {
        List<TunableListener> found = find(group);
        if (found.isEmpty()) {
            throw new ReliableMQException(
                    "This instance has no listener of the consumer group '" + group + "'; it has those of "
                            + listeners().stream().map(TunableListener::group).distinct().toList() + ".");
        }
        return found;
    }

}
