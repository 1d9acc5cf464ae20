package io.reliablemq.rocketmq;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import io.reliablemq.concurrency.TunableListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All containers of the application, guarded or not.
 */
public final class ListenerRegistry {

    private static final Logger logger = LoggerFactory.getLogger(ListenerRegistry.class);

    private final List<ListenerDescription> listeners = new CopyOnWriteArrayList<>();

    private final List<GuardedListener> guarded = new CopyOnWriteArrayList<>();

    private final List<TunableListener> tunable = new CopyOnWriteArrayList<>();

    private final List<GroupTerms> terms = new CopyOnWriteArrayList<>();

    /**
     * Creates an empty registry.
     */
    public ListenerRegistry() {
    }

    public void add(ListenerDescription listener) {
        this.listeners.add(listener);
    }

    public void add(GuardedListener container) {
        this.guarded.add(container);
    }

    public void add(TunableListener listener) {
        this.tunable.add(listener);
    }

    public void add(GroupTerms group) {
        this.terms.add(group);
    }

    /**
     * All listeners, guarded or not, with their knobs.
     * @return those whose containers were created
     */
    public List<TunableListener> tunable() {
        return this.tunable;
    }

    public List<ListenerDescription> listeners() {
        return this.listeners;
    }

    /** What holds for the listeners that are guarded or have properties of their own. */
    public List<GroupTerms> terms() {
        return this.terms;
    }

    public List<GuardedListener> guarded() {
        return this.guarded;
    }

    /** Whether a container that can be drained has been started and not yet stopped. */
    public boolean anyRunning() {
        return this.guarded.stream().anyMatch(GuardedListener::isRunning);
    }

    public void drain(Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        forEach(GuardedListener::stopPulling);
        forEach((container) -> container.drain(Duration.ofNanos(Math.max(0, end - System.nanoTime()))));
    }

    /** One container that fails does not keep the others. */
    private void forEach(Consumer<GuardedListener> step) {
        for (GuardedListener container : this.guarded) {
            try {
                step.accept(container);
            }
            catch (RuntimeException | Error ex) {
                logger.error(
                        "The listener of consumer group '{}' could not be drained: its running deliveries"
                                + " are interrupted when its container stops, and come again",
                        container.listener().group(), ex);
            }
        }
    }

}
