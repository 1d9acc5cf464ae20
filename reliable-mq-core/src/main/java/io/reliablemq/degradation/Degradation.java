package io.reliablemq.degradation;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.concurrency.TunableListener;
import io.reliablemq.listener.ListenerLimits;
import io.reliablemq.listener.ListenerPriority;
import io.reliablemq.listener.OverloadAction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who gives way at this instance: the level of the policy, or one that a person forces.
 * Pauses and resumes listeners; the other actions are asked for by each delivery. Safe
 * for concurrent use.
 */
public final class Degradation {

    /** The name under which listeners are paused. */
    public static final String PAUSED_BY = "degradation";

    private static final Logger logger = LoggerFactory.getLogger(Degradation.class);

    private static final int REMEMBERED = 50;

    private final Function<String, ? extends Collection<TunableListener>> containers;

    private final MeterRegistry meters;

    private final Consumer<DegradationChange> events;

    private final Clock clock;

    private final Map<String, ListenerLimits> shapes = new ConcurrentSkipListMap<>();

    private final Deque<DegradationChange> changes = new ArrayDeque<>();

    private volatile DegradationLevel level = DegradationLevel.OFF;

    private DegradationLevel automatic = DegradationLevel.OFF;

    private @Nullable DegradationLevel forced;

    private @Nullable String lastLook;

    /**
     * Creates it at level OFF.
     * @param containers the running listeners of a group
     * @param meters takes {@code reliable.mq.degradation.level} and {@code .changes}
     * @param events learns of every change
     * @param clock tells the time of changes
     */
    public Degradation(Function<String, ? extends Collection<TunableListener>> containers, MeterRegistry meters,
            Consumer<DegradationChange> events, Clock clock) {
        this.containers = containers;
        this.meters = meters;
        this.events = events;
        this.clock = clock;
        Gauge.builder("reliable.mq.degradation.level", () -> this.level.number())
            .description("Who gives way: 0 nobody, 1 listeners of priority LOW, 2 those of priority NORMAL too")
            .register(meters);
    }

    /**
     * Makes a listener known.
     * @param group its consumer group
     * @param limits its priority and how it gives way
     */
    public void add(String group, ListenerLimits limits) {
        this.shapes.put(group, limits);
    }

    /**
     * Whether any listener was given a priority or an action of its own.
     * @return {@code false} if all are alike
     */
    public boolean hasPriorities() {
        return this.shapes.values().stream().anyMatch((it) -> it.priority() != null || it.onOverload() != null);
    }

    Set<String> criticalGroups() {
        return this.shapes.entrySet()
            .stream()
            .filter((it) -> it.getValue().effectivePriority() == ListenerPriority.CRITICAL)
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet());
    }

    /**
     * The level that holds.
     * @return the level
     */
    public DegradationLevel level() {
        return this.level;
    }

    /**
     * What a listener has to do now.
     * @param limits the listener's
     * @return its action while it gives way, else NONE
     */
    public OverloadAction actionFor(ListenerLimits limits) {
        return this.level.concerns(limits.effectivePriority()) ? limits.effectiveAction() : OverloadAction.NONE;
    }

    /** What the policy has come to. */
    synchronized void decided(DegradationLevel decided, String check) {
        this.automatic = decided;
        this.lastLook = check;
        change((this.forced != null) ? this.forced : decided, this.forced != null, check);
    }

    /**
     * Sets the level, whatever the policy says, until it is released.
     * @param wanted the level
     * @param by who wants it; {@code null} if that is not known
     * @return the state afterwards
     */
    public synchronized DegradationState force(DegradationLevel wanted, @Nullable String by) {
        this.forced = wanted;
        logger.warn("Degradation is forced to level {} by {}", wanted, by);
        change(wanted, true, "forced by " + ((by != null) ? by : "an operator"));
        return state();
    }

    /**
     * Lets the policy's level hold again.
     * @param by who wants it; {@code null} if that is not known
     * @return the state afterwards
     */
    public synchronized DegradationState release(@Nullable String by) {
        this.forced = null;
        change(this.automatic, false, "released by " + ((by != null) ? by : "an operator"));
        return state();
    }

    /**
     * What is going on.
     * @return the state
     */
    public synchronized DegradationState state() {
        List<DegradationState.Listener> listeners = new ArrayList<>();
        this.shapes.forEach((group, limits) -> listeners.add(new DegradationState.Listener(group,
                limits.effectivePriority(), limits.effectiveAction(), actionFor(limits) != OverloadAction.NONE)));
        DegradationChange last = this.changes.peekFirst();
        Instant since = (last != null) ? last.at() : null;
        return new DegradationState(this.level, this.automatic, this.forced, since, this.lastLook, listeners,
                List.copyOf(this.changes));
    }

    private void change(DegradationLevel to, boolean byHand, String reason) {
        DegradationLevel from = this.level;
        this.level = to;
        pauseAndResume();
        if (from == to) {
            return;
        }
        DegradationChange change = new DegradationChange(this.clock.instant(), from, to, byHand, reason);
        this.changes.addFirst(change);
        if (this.changes.size() > REMEMBERED) {
            this.changes.removeLast();
        }
        logger.warn("Degradation goes from level {} to {}: {}", from, to, reason);
        this.meters
            .counter("reliable.mq.degradation.changes", "level", to.name().toLowerCase(Locale.ROOT), "forced",
                    String.valueOf(byHand))
            .increment();
        try {
            this.events.accept(change);
        }
        catch (RuntimeException ex) {
            logger.warn("A listener of degradation events failed", ex);
        }
    }

    /** At every check, so that what failed once, or is new, follows. */
    private void pauseAndResume() {
        this.shapes.forEach((group, limits) -> {
            try {
                for (TunableListener container : this.containers.apply(group)) {
                    if (actionFor(limits) == OverloadAction.PAUSED) {
                        container.pause(PAUSED_BY);
                    }
                    else {
                        container.resume(PAUSED_BY);
                    }
                }
            }
            catch (RuntimeException ex) {
                logger.warn("Could not pause or resume the listener of {}; trying again at the next check", group, ex);
            }
        });
    }

}
