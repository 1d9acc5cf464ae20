package io.reliablemq.deadletter;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.Internal;
import io.reliablemq.schedule.PeriodicTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the letters: those whose message was processed become RESOLVED, replays
 * that do not come to an end are taken back, old letters are purged, parked ones are
 * counted. Several instances may do so at once.
 */
@Internal
public final class DeadLetterMaintenance implements AutoCloseable {

    private static final Logger logger = LoggerFactory.getLogger(DeadLetterMaintenance.class);

    private static final Duration PERIOD = Duration.ofSeconds(15);

    private static final int ROUNDS_PER_PURGE = 40;

    private static final int BATCH = 500;

    private final DeadLetterService letters;

    private final DeadLetterTransport transport;

    private final DeadLetterOptions options;

    private final MeterRegistry meters;

    private final Map<String, AtomicLong> parked = new ConcurrentHashMap<>();

    private final PeriodicTask task = PeriodicTask.of("reliable-mq-dead-letters", PERIOD, PERIOD,
            "Dead letters could not be maintained", this::runAndGoOn);

    private int round;

    /**
     * Creates the sweep and its daemon thread.
     * @param letters the letters
     * @param transport tells which groups are consumed for here
     * @param options how long letters and replays last
     * @param meters takes the gauge {@code reliable.mq.dead.letters}, parked letters per
     * group
     */
    public DeadLetterMaintenance(DeadLetterService letters, DeadLetterTransport transport, DeadLetterOptions options,
            MeterRegistry meters) {
        this.letters = letters;
        this.transport = transport;
        this.options = options;
        this.meters = meters;
        this.task.start();
    }

    private void runAndGoOn() {
        attempt("resolve", this::resolve);
        attempt("take back", this::takeBack);
        attempt("count", this::count);
        if (this.round++ % ROUNDS_PER_PURGE == 0) {
            attempt("purge", this::purge);
        }
    }

    /** One that fails keeps none of the others from being tried, nor from the next. */
    private static void attempt(String what, Runnable work) {
        try {
            work.run();
        }
        catch (Throwable ex) {
            logger.warn("Could not {} dead letters; trying again later", what, ex);
        }
    }

    /**
     * Resolves, takes back and counts once.
     */
    public void run() {
        resolve();
        takeBack();
        count();
    }

    private void resolve() {
        int resolved = this.letters.store().resolveDone(BATCH);
        if (resolved > 0) {
            logger.info("{} replayed dead letters are resolved", resolved);
        }
    }

    private void takeBack() {
        for (DeadLetter letter : this.letters.store().overdue(BATCH)) {
            if (this.transport.refusal(letter).isEmpty()) {
                takeBack(letter);
            }
        }
    }

    private void takeBack(DeadLetter letter) {
        String note = (letter.replay().owner() != null) ? "The instance that replayed it ended before it had sent it."
                : "The listener has not processed the copy in time.";
        try {
            this.letters.takeBack(letter, note, this.options.replayTimeout())
                .ifPresent((status) -> logger.info("The replay of dead letter {} of {} is over; it is {}", letter.id(),
                        letter.key().group(), status));
        }
        catch (RuntimeException ex) {
            // One letter's is not the others'.
            logger.warn("Could not end the replay of dead letter {} of {}; trying again in {}", letter.id(),
                    letter.key().group(), PERIOD, ex);
        }
    }

    private void count() {
        List<DeadLetterCount> counts = this.letters.store()
            .count(DeadLetterFilter.all().withStatus(DeadLetterStatus.PARKED));
        this.parked.forEach((group,
                gauge) -> gauge.set(counts.stream()
                    .filter((count) -> count.group().equals(group))
                    .mapToLong(DeadLetterCount::count)
                    .sum()));
        for (DeadLetterCount count : counts) {
            this.parked.computeIfAbsent(count.group(), (group) -> gauge(group, counts));
        }
    }

    private AtomicLong gauge(String group, List<DeadLetterCount> counts) {
        AtomicLong value = new AtomicLong(
                counts.stream().filter((count) -> count.group().equals(group)).mapToLong(DeadLetterCount::count).sum());
        Gauge.builder("reliable.mq.dead.letters", value, AtomicLong::get)
            .description("Parked messages that wait for a decision")
            .tag("group", group)
            .register(this.meters);
        return value;
    }

    /**
     * Deletes what was resolved, discarded or dropped longer ago than the retention.
     */
    public void purge() {
        while (!Thread.currentThread().isInterrupted()
                && this.letters.store().purge(this.options.retention(), BATCH) == BATCH) {
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        this.task.close();
    }

}
