package io.reliablemq.concurrency;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import java.util.function.Function;

import io.reliablemq.schedule.PeriodicTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Moves the threads of listeners to where their throughput is highest. One daemon thread
 * looks at all of them; each has a search of its own. Starts after the containers.
 */
public final class AdaptiveConcurrency implements SmartLifecycle {

    private static final Logger logger = LoggerFactory.getLogger(AdaptiveConcurrency.class);

    private final ListenerControl control;

    private final Function<TunableListener, Optional<ThreadRange>> ranges;

    private final AdaptiveOptions options;

    private final DoubleSupplier cpu;

    private final Clock clock;

    private volatile List<AdaptiveListener> adapted = List.of();

    private final PeriodicTask task;

    /**
     * Creates the control loop.
     * @param control knows the listeners
     * @param ranges between how many threads a listener is moved; empty for one that is
     * left alone
     * @param options what holds for all of them
     * @param cpu load of the processors by this process, 0 to 1; negative if unknown
     * @param clock dates the decisions
     */
    public AdaptiveConcurrency(ListenerControl control, Function<TunableListener, Optional<ThreadRange>> ranges,
            AdaptiveOptions options, DoubleSupplier cpu, Clock clock) {
        this.control = control;
        this.ranges = ranges;
        this.options = options;
        this.cpu = cpu;
        this.clock = clock;
        this.task = PeriodicTask.of("reliable-mq-adaptive", options.interval(), options.interval(),
                "Threads could not be adapted", () -> this.adapted.forEach(this::look));
    }

    /**
     * What was decided about the listeners of a group.
     * @param group consumer group
     * @return the last decisions, the newest first; empty for a group that is left alone
     */
    public List<AdaptiveDecision> decisions(String group) {
        return this.adapted.stream()
            .filter((it) -> it.listener().group().equals(group))
            .flatMap((it) -> it.decisions().all().stream())
            .toList();
    }

    @Override
    public synchronized void start() {
        List<AdaptiveListener> found = new ArrayList<>();
        for (TunableListener listener : this.control.listeners()) {
            this.ranges.apply(listener)
                .ifPresent((range) -> found
                    .add(new AdaptiveListener(listener, range, this.options, this.cpu, System::nanoTime, this.clock)));
        }
        this.adapted = List.copyOf(found);
        if (!found.isEmpty()) {
            this.task.start();
        }
    }

    private void look(AdaptiveListener listener) {
        try {
            listener.look();
        }
        catch (Throwable ex) {
            // One listener's is not the others'.
            logger.warn("The threads of consumer group '{}' could not be adapted; the next look comes in {}",
                    listener.listener().group(), this.options.interval(), ex);
        }
    }

    @Override
    public synchronized void stop() {
        this.task.close();
    }

    @Override
    public synchronized boolean isRunning() {
        return this.task.isAlive();
    }

    /** After the containers start, before they stop. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE - 1000;
    }

}
