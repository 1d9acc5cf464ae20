package io.reliablemq.rocketmq;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.reliablemq.backlog.TunableListener;

/**
 * All containers of the application, guarded or not.
 */
public final class ListenerRegistry {

    private final List<ListenerDescription> listeners = new CopyOnWriteArrayList<>();

    private final List<GuardedContainer> guarded = new CopyOnWriteArrayList<>();

    private final List<TunableListener> tunable = new CopyOnWriteArrayList<>();

    private final List<GroupTerms> terms = new CopyOnWriteArrayList<>();

    /**
     * Creates an empty registry.
     */
    public ListenerRegistry() {
    }

    void add(ListenerDescription listener) {
        this.listeners.add(listener);
    }

    void add(GuardedContainer container) {
        this.guarded.add(container);
    }

    void add(TunableListener listener) {
        this.tunable.add(listener);
    }

    void add(GroupTerms group) {
        this.terms.add(group);
    }

    /**
     * All listeners, guarded or not, with their knobs.
     * @return those whose containers were created
     */
    public List<TunableListener> tunable() {
        return this.tunable;
    }

    List<ListenerDescription> listeners() {
        return this.listeners;
    }

    /** What holds for the listeners that are guarded or have properties of their own. */
    List<GroupTerms> terms() {
        return this.terms;
    }

    List<GuardedContainer> guarded() {
        return this.guarded;
    }

    void drain(Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        this.guarded.forEach(GuardedContainer::stopPulling);
        for (GuardedContainer container : this.guarded) {
            container.drain(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
        }
    }

}
