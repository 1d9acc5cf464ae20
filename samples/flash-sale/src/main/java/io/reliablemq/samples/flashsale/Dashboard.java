package io.reliablemq.samples.flashsale;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.reliablemq.backlog.BacklogProbe;
import io.reliablemq.backlog.BacklogSnapshot;
import io.reliablemq.backlog.GroupBacklog;
import io.reliablemq.concurrency.ListenerControl;
import io.reliablemq.concurrency.TunableListener;
import io.reliablemq.degradation.Degradation;
import io.reliablemq.degradation.DegradationChange;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * One line per second: who is behind, how many threads work, who gives way.
 */
@Component
class Dashboard {

    private static final int WIDTH = 20;

    private final Effects effects;

    private final BacklogProbe probe;

    private final ListenerControl listeners;

    private final Degradation degradation;

    private final MeterRegistry meters;

    private final Clock clock = Clock.systemUTC();

    private Instant begin = this.clock.instant();

    private final Map<Kind, Double> highestLag = new EnumMap<>(Kind.class);

    private final List<String> changes = new ArrayList<>();

    private int mostThreads;

    Dashboard(Effects effects, BacklogProbe probe, ListenerControl listeners, Degradation degradation,
            MeterRegistry meters) {
        this.effects = effects;
        this.probe = probe;
        this.listeners = listeners;
        this.degradation = degradation;
        this.meters = meters;
    }

    @EventListener
    synchronized void changed(DegradationChange change) {
        this.changes.add("%4d s  %s -> %s".formatted(Duration.between(this.begin, change.at()).toSeconds(),
                change.from(), change.to()));
    }

    void head() {
        this.begin = this.clock.instant();
        System.out.printf("%n   s | %-15s | %4s | %-6s | %-22s | %-22s | %-22s%n", "sent", "thr.", "level",
                "orders: done, lag", "notific.: done, lag", "recomm.: done, lag");
    }

    void line(int sent) {
        int threads = this.listeners.find(Kind.ORDER.group())
            .stream()
            .map((TunableListener it) -> it.tuning().threads())
            .mapToInt((it) -> (it != null) ? it : 0)
            .sum();
        this.mostThreads = Math.max(this.mostThreads, threads);
        BacklogSnapshot snapshot = this.probe.latest();
        StringBuilder line = new StringBuilder(
                "%4d | %-15s | %4d | %-6s".formatted(Duration.between(this.begin, this.clock.instant()).toSeconds(),
                        bar(sent), threads, this.degradation.level()));
        for (Kind kind : Kind.values()) {
            double lag = snapshot.of(kind.group(), kind.topic())
                .map(GroupBacklog::age)
                .map((age) -> age.toMillis() / 1000.0)
                .orElse(0.0);
            this.highestLag.merge(kind, lag, Math::max);
            line.append(" | %5d %5.1fs %-9s".formatted(this.effects.count(kind), lag,
                    "#".repeat((int) Math.min(9, Math.ceil(lag)))));
        }
        System.out.println(line);
    }

    private static String bar(int sent) {
        int all = 0;
        for (Kind kind : Kind.values()) {
            all += kind.number();
        }
        return "%5d %s".formatted(sent, "=".repeat((WIDTH - 11) * sent / all));
    }

    double highestLag(Kind kind) {
        return this.highestLag.getOrDefault(kind, 0.0);
    }

    int mostThreads() {
        return this.mostThreads;
    }

    synchronized List<String> changes() {
        return List.copyOf(this.changes);
    }

    /** Deliveries that ended in one of these ways. */
    long deliveries(Kind kind, String outcome) {
        return this.meters.find("reliable.mq.consume")
            .tags("group", kind.group(), "outcome", outcome)
            .timers()
            .stream()
            .mapToLong(Timer::count)
            .sum();
    }

}
