package io.reliablemq.degradation;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

import io.reliablemq.Internal;
import io.reliablemq.backlog.BacklogProbe;
import io.reliablemq.backlog.BacklogSnapshot;
import io.reliablemq.backlog.GroupBacklog;
import io.reliablemq.schedule.PeriodicTask;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * Looks at the backlog of critical groups and at this instance's load, on a daemon
 * thread, and hands what it sees to the policy. Each snapshot of the backlog is looked at
 * once; one that is too old counts as not readable.
 */
@Internal
public final class DegradationMonitor implements SmartLifecycle {

    /** Starts after the listeners and stops before them. */
    private static final int PHASE = Integer.MAX_VALUE - 1500;

    private final Degradation degradation;

    private final DegradationOptions options;

    private final DegradationPolicy policy;

    private final Supplier<@Nullable BacklogProbe> probe;

    private final DoubleSupplier cpu;

    private final @Nullable Boolean enabled;

    private final Clock clock;

    private @Nullable Instant seen;

    private final PeriodicTask task;

    /**
     * Creates a watch that does not run yet.
     * @param degradation learns what the policy decides
     * @param options when listeners give way
     * @param probe knows the backlog; answers {@code null} where nobody does
     * @param cpu share of the processors that this instance uses, negative if not known
     * @param enabled whether to check at all; {@code null} for: if a listener has a
     * priority
     * @param clock by which levels last
     */
    public DegradationMonitor(Degradation degradation, DegradationOptions options,
            Supplier<@Nullable BacklogProbe> probe, DoubleSupplier cpu, @Nullable Boolean enabled, Clock clock) {
        this.degradation = degradation;
        this.options = options;
        this.policy = new DegradationPolicy(options);
        this.probe = probe;
        this.cpu = cpu;
        this.enabled = enabled;
        this.clock = clock;
        this.task = PeriodicTask.of("reliable-mq-degradation", options.interval(), options.interval(),
                "Could not check whether listeners must give way", this::check);
    }

    @Override
    public void start() {
        if ((this.enabled != null) ? this.enabled : this.degradation.hasPriorities()) {
            this.task.start();
        }
    }

    @Override
    public void stop() {
        this.task.close();
    }

    @Override
    public boolean isRunning() {
        return this.task.isAlive();
    }

    @Override
    public int getPhase() {
        return PHASE;
    }

    /** Looks once, if there is anything new to see. */
    void check() {
        Instant now = this.clock.instant();
        Set<String> critical = this.degradation.criticalGroups();
        BacklogSnapshot snapshot = critical.isEmpty() ? null : readable(now);
        if (snapshot != null && snapshot.at().equals(this.seen)) {
            return;
        }
        this.seen = (snapshot != null) ? snapshot.at() : null;
        OverloadReading reading = critical.isEmpty() ? new OverloadReading(null, true, this.cpu.getAsDouble())
                : reading(snapshot, critical);
        this.degradation.decided(this.policy.check(now, reading), reading.describe());
    }

    private @Nullable BacklogSnapshot readable(Instant now) {
        BacklogProbe backlog = this.probe.get();
        BacklogSnapshot snapshot = (backlog != null) ? backlog.latest() : null;
        return (snapshot != null && !snapshot.at().plus(this.options.staleAfter()).isBefore(now)) ? snapshot : null;
    }

    private OverloadReading reading(@Nullable BacklogSnapshot snapshot, Set<String> critical) {
        if (snapshot == null) {
            return new OverloadReading(null, false, this.cpu.getAsDouble());
        }
        Optional<Duration> oldest = critical.stream()
            .flatMap((group) -> snapshot.of(group).stream())
            .map(GroupBacklog::age)
            .max(Comparator.naturalOrder());
        boolean complete = critical.stream().noneMatch((group) -> snapshot.of(group).isEmpty());
        return new OverloadReading(oldest.orElse(null), complete, this.cpu.getAsDouble());
    }

}
