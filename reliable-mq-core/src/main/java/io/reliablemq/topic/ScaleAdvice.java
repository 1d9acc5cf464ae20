package io.reliablemq.topic;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How many consumers and queues a workload needs, with the reasons. An estimate: it takes
 * the listener's time as it was measured, as if it did not rise with the load; a database
 * or service behind it can be the limit.
 *
 * @param consumers consumers, at least one
 * @param queues queues that can be read, over all brokers; never fewer than now
 * @param neededPerSecond messages that are to be consumed per second
 * @param capacityPerSecond what these consumers can consume per second
 * @param reasons how the numbers come about, in words
 */
public record ScaleAdvice(int consumers, int queues, double neededPerSecond, double capacityPerSecond,
        List<String> reasons) {

    /** More is a sign of a wrong measurement, or of a listener to be made faster. */
    private static final int MOST_CONSUMERS = 1000;

    /**
     * Copies the list.
     */
    public ScaleAdvice {
        reasons = List.copyOf(reasons);
    }

    /**
     * Reckons. A pure function.
     * @param load what is to be done, with what
     * @return what it takes
     */
    public static ScaleAdvice of(Workload load) {
        List<String> reasons = new ArrayList<>();
        double drain = load.backlog() / seconds(load.drainWithin());
        double needed = (load.arrivalPerSecond() + drain) * (1 + load.headRoom());
        reasons
            .add(text("%.1f messages/s arrive%s; with %.0f %% head room %.1f/s are to be consumed.",
                    load.arrivalPerSecond(), (load.backlog() > 0) ? text(", and %d that wait make %.1f/s for %d s",
                            load.backlog(), drain, load.drainWithin().toSeconds()) : "",
                    load.headRoom() * 100, needed));
        // So many messages must be under way at once.
        double parallel = needed * seconds(load.serviceTime());
        int consumers = bounded(Math.ceil(parallel / load.threads()), reasons);
        int queues;
        if (load.ordered()) {
            queues = Math.max(bounded(Math.ceil(parallel), reasons), consumers);
            reasons.add(text(
                    "At %d ms each, %.1f must be under way at once; in order, each queue has one under way, so"
                            + " it takes %d queues and, with %d threads each, %d consumers.",
                    load.serviceTime().toMillis(), parallel, queues, load.threads(), consumers));
        }
        else {
            queues = (int) Math.ceil(consumers * (1 + load.headRoom()));
            reasons.add(text(
                    "At %d ms each, %.1f must be under way at once; with %d threads each, it takes %d"
                            + " consumers, and a queue for each, with head room %d.",
                    load.serviceTime().toMillis(), parallel, load.threads(), consumers, queues));
        }
        if (queues % consumers != 0) {
            queues += consumers - queues % consumers;
            reasons.add(text("%d queues can be shared out evenly.", queues));
        }
        if (queues < load.queues()) {
            queues = load.queues();
            reasons
                .add(text("The topic has %d queues: more than needed do no harm, and fewer would move keys.", queues));
        }
        compare(load, consumers, reasons);
        double perConsumer = load.serviceTime().isZero() ? Double.POSITIVE_INFINITY
                : Math.min(load.threads(), load.ordered() ? queues / (double) consumers : load.threads())
                        / seconds(load.serviceTime());
        return new ScaleAdvice(consumers, queues, needed, consumers * perConsumer, reasons);
    }

    private static void compare(Workload load, int consumers, List<String> reasons) {
        if (load.consumers() > load.queues()) {
            reasons.add(text(
                    "%d of the %d consumers there are have no queue: a queue is read by one consumer of a" + " group.",
                    load.consumers() - load.queues(), load.consumers()));
        }
        else if (load.consumers() > consumers) {
            reasons.add(text("There are %d consumers: %d would do.", load.consumers(), consumers));
        }
        if (consumers > load.queues()) {
            reasons.add(text("Grow the topic first: with its %d queues, no more than %d consumers work.", load.queues(),
                    load.queues()));
        }
    }

    private static int bounded(double number, List<String> reasons) {
        if (number > MOST_CONSUMERS) {
            reasons.add(
                    text("That is more than %d: make the listener faster, or let it work in batches.", MOST_CONSUMERS));
        }
        return (int) Math.max(1, Math.min(MOST_CONSUMERS, number));
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }

    private static String text(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }

}
