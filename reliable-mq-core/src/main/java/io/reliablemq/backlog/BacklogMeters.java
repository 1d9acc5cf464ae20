package io.reliablemq.backlog;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.reliablemq.Internal;
import org.jspecify.annotations.Nullable;

/**
 * The gauges {@code reliable.mq.backlog.*} and the timer of the polls. A gauge goes when
 * its group could not be read, and turns NaN when polls stop.
 */
@Internal
public final class BacklogMeters {

    private static final String PREFIX = "reliable.mq.backlog.";

    private final MeterRegistry registry;

    private final Duration freshness;

    private final Clock clock;

    private final List<Figure<GroupBacklog>> ofTopics = new ArrayList<>();

    private final List<Figure<WatchedGroup>> ofGroups = new ArrayList<>();

    private volatile BacklogSnapshot latest = BacklogSnapshot.none();

    /**
     * Creates the meters. There are no gauges before the first snapshot.
     * @param registry where they are registered
     * @param freshness age of a snapshot from which gauges turn NaN
     * @param clock tells the time
     */
    public BacklogMeters(MeterRegistry registry, Duration freshness, Clock clock) {
        this.registry = registry;
        this.freshness = freshness;
        this.clock = clock;
        topics("messages", null, "Messages that wait", GroupBacklog::messages);
        topics("age", "seconds", "Age of the oldest message that waits", (it) -> seconds(it.age()));
        topics("in.flight", null, "Messages that clients have in memory", GroupBacklog::inFlight);
        topics("arrival.rate", null, "Messages stored per second",
                (it) -> (it.rates() != null) ? it.rates().arrival() : Double.NaN);
        topics("consumption.rate", null, "Messages acknowledged per second",
                (it) -> (it.rates() != null) ? it.rates().consumption() : Double.NaN);
        topics("time.to.drain", "seconds", "Time until nothing waits; NaN if that does not come",
                (it) -> seconds(it.timeToDrain()));
        topics("skew", null, "Messages of the fullest queue over the average", GroupBacklog::skew);
        topics("lost", null, "Messages deleted before they were consumed", GroupBacklog::lost);
        topics("expires.in", "seconds", "Time until the oldest waiting message may be deleted; NaN if none waits",
                (it) -> seconds(it.expiresIn()));
        topics("stalled.queues", null, "Queues that stand still while messages wait",
                (it) -> it.queues().stream().filter(QueueBacklog::stalled).count());
        topics("stalled", "seconds", "How long a queue has stood still while messages wait",
                (it) -> seconds(it.stalledFor()));
        topics("idle.consumers", null, "Clients without a queue", GroupBacklog::idle);
        groups("consumers", "Clients that are connected", WatchedGroup::consumers);
        groups("retry", "Messages in the retry topic", (it) -> number(it.retryMessages()));
        groups("waiting.for.retry", "Messages that wait until they are due again",
                (it) -> number(it.waitingForRetry()));
        groups("dead.letters", "Messages in the dead-letter topic", (it) -> number(it.deadLettersAtBroker()));
    }

    private void topics(String name, @Nullable String unit, String description, ToDoubleFunction<GroupBacklog> value) {
        this.ofTopics.add(new Figure<>(gauge(name, unit, description), value));
    }

    private void groups(String name, String description, ToDoubleFunction<WatchedGroup> value) {
        this.ofGroups.add(new Figure<>(gauge(name, null, description), value));
    }

    private MultiGauge gauge(String name, @Nullable String unit, String description) {
        return MultiGauge.builder(PREFIX + name).baseUnit(unit).description(description).register(this.registry);
    }

    /**
     * Takes over what a poll saw.
     * @param snapshot the snapshot
     */
    public void record(BacklogSnapshot snapshot) {
        this.latest = snapshot;
        this.ofTopics.forEach((figure) -> figure.gauge()
            .register(snapshot.groups().stream().map((it) -> topic(it.group(), it.topic(), figure.value())).toList()));
        this.ofGroups.forEach((figure) -> figure.gauge()
            .register(snapshot.watched().stream().map((it) -> group(it.group(), figure.value())).toList()));
        Timer.builder(PREFIX + "poll")
            .description("Asking the brokers")
            .tag("outcome", snapshot.problems().isEmpty() ? "complete" : "incomplete")
            .register(this.registry)
            .record(snapshot.cost());
    }

    private MultiGauge.Row<?> topic(String group, String topic, ToDoubleFunction<GroupBacklog> value) {
        return MultiGauge.Row.of(Tags.of("group", group, "topic", topic), this,
                (meters) -> meters.fresh().of(group, topic).map(value::applyAsDouble).orElse(Double.NaN));
    }

    private MultiGauge.Row<?> group(String group, ToDoubleFunction<WatchedGroup> value) {
        return MultiGauge.Row.of(Tags.of("group", group), this,
                (meters) -> meters.fresh().watched(group).map(value::applyAsDouble).orElse(Double.NaN));
    }

    private BacklogSnapshot fresh() {
        BacklogSnapshot snapshot = this.latest;
        boolean old = snapshot.at().plus(snapshot.cost()).plus(this.freshness).isBefore(this.clock.instant());
        return old ? BacklogSnapshot.none() : snapshot;
    }

    private static double number(@Nullable Long value) {
        return (value != null) ? value : Double.NaN;
    }

    private static double seconds(@Nullable Duration duration) {
        return (duration != null) ? duration.toMillis() / 1000.0 : Double.NaN;
    }

    /**
     * Takes the gauges away.
     */
    public void clear() {
        this.latest = BacklogSnapshot.none();
        this.ofTopics.forEach((figure) -> figure.gauge().register(List.of()));
        this.ofGroups.forEach((figure) -> figure.gauge().register(List.of()));
    }

    /** A gauge for everything watched. */
    private record Figure<T>(MultiGauge gauge, ToDoubleFunction<T> value) {
    }

}
