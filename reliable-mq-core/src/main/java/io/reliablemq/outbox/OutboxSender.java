package io.reliablemq.outbox;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.FailureKind;
import io.reliablemq.producer.MessageTransport;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.SendLimits;
import io.reliablemq.producer.SendTarget;
import io.reliablemq.throttling.RateLimit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands claimed messages to the broker, together where that is allowed, and says what
 * came of each. What may be stored without an answer is sent again with the same ids. A
 * claim that could end before the answer is not used.
 */
final class OutboxSender {

    private static final Logger logger = LoggerFactory.getLogger(OutboxSender.class);

    private static final Duration SLOWEST_RETRY = Duration.ofSeconds(15);

    private static final Duration SLOWEST_AFTER_THROWN = Duration.ofMinutes(5);

    private static final Duration LONGEST_TURN = Duration.ofSeconds(1);

    private static final Duration SHORTEST_REST = Duration.ofMillis(200);

    private static final Duration LONGEST_REST = Duration.ofSeconds(10);

    private static final Duration FIRST_COPY = Duration.ofSeconds(30);

    private static final Duration SLOWEST_COPY = Duration.ofMinutes(10);

    private final OutboxClusters clusters;

    private final DestinationPauses pauses;

    private final OutboxOptions options;

    private final SendLimits limits;

    OutboxSender(OutboxClusters clusters, DestinationPauses pauses, OutboxOptions options, SendLimits limits) {
        this.clusters = clusters;
        this.pauses = pauses;
        this.options = options;
        this.limits = limits;
    }

    /**
     * Sends messages of one destination; throws nothing. An interrupt ends it, as does a
     * failure that others would meet as well, and is left set.
     * @param entries the messages
     * @param ordered whether to stop at the first that does not arrive
     * @param place where the calling thread is
     * @return the outcomes of the first ones, in order; the others were not tried
     */
    List<OutboxOutcome> send(List<OutboxEntry> entries, boolean ordered, LaneConcurrency.Place place) {
        List<OutboxOutcome> outcomes = new ArrayList<>(entries.size());
        MessageTransport transport = this.clusters.transport(entries.get(0).cluster());
        RateLimit limit = this.limits.of(entries.get(0).destination().topic());
        boolean more = true;
        while (transport != null && more && outcomes.size() < entries.size()
                && isClaimed(entries.get(outcomes.size()))) {
            List<OutboxEntry> left = entries.subList(outcomes.size(), entries.size());
            int size = size(transport, left);
            if (limit != null) {
                size = Math.min(size, limit.atOnce());
                if (!awaitTurns(limit, size, place)) {
                    outcomes.addAll(untilTheirTurn(limit, left, ordered));
                    break;
                }
                if (!isClaimed(left.get(0))) {
                    break;
                }
            }
            more = send(transport, left.subList(0, size), ordered, place, outcomes);
        }
        return outcomes;
    }

    private static boolean awaitTurns(RateLimit limit, int turns, LaneConcurrency.Place place) {
        long nanos = limit.take(turns, LONGEST_TURN);
        if (nanos <= 0) {
            return nanos == 0;
        }
        // Whoever waits here must not keep others from sending elsewhere.
        place.begin();
        try {
            TimeUnit.NANOSECONDS.sleep(nanos);
            return true;
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            return false;
        }
        finally {
            place.end();
        }
    }

    /** Given back for about half as long as they take; of a key only the first waits. */
    private static List<OutboxOutcome> untilTheirTurn(RateLimit limit, List<OutboxEntry> entries, boolean ordered) {
        Duration wait = Duration.ofMillis((long) (500 * entries.size() / limit.perSecond()));
        Duration bounded = (wait.compareTo(SHORTEST_REST) < 0) ? SHORTEST_REST
                : (wait.compareTo(LONGEST_REST) > 0) ? LONGEST_REST : wait;
        return untried(ordered ? entries.subList(0, 1) : entries, bounded);
    }

    private boolean isClaimed(OutboxEntry entry) {
        return entry.claimEnd() - System.nanoTime() > this.options.attemptTimeout().toNanos();
    }

    /** One that failed before goes alone, so that it can't keep others from arriving. */
    private static int size(MessageTransport transport, List<OutboxEntry> entries) {
        List<PreparedMessage> fresh = new ArrayList<>();
        for (OutboxEntry entry : entries) {
            if (entry.attempts() > 0) {
                break;
            }
            fresh.add(entry.message());
        }
        if (fresh.size() < 2) {
            return 1;
        }
        try {
            return transport.batchSize(fresh);
        }
        catch (Throwable ex) {
            logger.debug("Messages to {} go one by one", entries.get(0).destination(), ex);
            return 1;
        }
    }

    /** Adds what came of the first ones, and says whether to go on with the others. */
    private boolean send(MessageTransport transport, List<OutboxEntry> batch, boolean ordered,
            LaneConcurrency.Place place, List<OutboxOutcome> outcomes) {
        Lane lane = place.lane();
        List<PreparedMessage> messages = batch.stream().map(OutboxEntry::message).toList();
        // An ordering key has its queue; what happened to others says nothing about it.
        SendTarget failed = ordered ? null : this.pauses.lastFailed(lane, System.nanoTime());
        AttemptResult result;
        place.begin();
        try {
            result = Objects.requireNonNull(transport.sendBatch(messages, failed, this.options.attemptTimeout()),
                    "no answer");
        }
        catch (Throwable ex) {
            place.end();
            return thrown(ex, batch, ordered, outcomes);
        }
        if (result instanceof AttemptResult.Failed failure) {
            return failed(transport, batch, ordered, place, failure, outcomes);
        }
        AttemptResult.Stored stored = (AttemptResult.Stored) result;
        place.answered();
        this.pauses.succeeded(lane);
        for (int i = 0; i < batch.size(); i++) {
            outcomes.add(stored(batch.get(i), stored, i));
        }
        return !ordered || !(outcomes.get(outcomes.size() - 1) instanceof OutboxOutcome.Again);
    }

    private boolean failed(MessageTransport transport, List<OutboxEntry> batch, boolean ordered,
            LaneConcurrency.Place place, AttemptResult.Failed failure, List<OutboxOutcome> outcomes) {
        boolean own = failure.kind() == FailureKind.ILLEGAL || failure.kind() == FailureKind.NOT_YET;
        if (own) {
            place.end();
            if (batch.size() > 1) {
                // Which one is at fault, the broker does not say.
                return send(transport, batch.subList(0, 1), ordered, place, outcomes);
            }
        }
        else {
            place.failed();
            this.pauses.failed(place.lane(), failure.target(), System.nanoTime());
        }
        String error = describe(failure.cause()) + ". " + failure.advice();
        for (OutboxEntry entry : batch) {
            outcomes.add((failure.kind() == FailureKind.ILLEGAL) ? new OutboxOutcome.Parked(entry, error)
                    : again(entry, Duration.ofSeconds(1), SLOWEST_RETRY, failure.uncertain(), error));
        }
        return own && (!ordered || failure.kind() == FailureKind.ILLEGAL);
    }

    /** Nobody knows what it is worth, so each of them is tried again, alone. */
    private boolean thrown(Throwable ex, List<OutboxEntry> batch, boolean ordered, List<OutboxOutcome> outcomes) {
        boolean interrupted = ex instanceof InterruptedException;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        else {
            logger.warn("The way to {} failed with an exception of its own; {} message(s) are tried again one by one",
                    batch.get(0).destination(), batch.size(), ex);
        }
        String error = interrupted ? "The relay was interrupted while it waited for the broker's answer."
                : "The transport threw " + describe(ex) + ".";
        for (OutboxEntry entry : batch) {
            outcomes.add(again(entry, Duration.ofSeconds(1), SLOWEST_AFTER_THROWN, true, error));
        }
        return !interrupted && !ordered;
    }

    private static String describe(Throwable ex) {
        try {
            return ex.toString();
        }
        catch (RuntimeException unreadable) {
            return ex.getClass().getName();
        }
    }

    private OutboxOutcome stored(OutboxEntry entry, AttemptResult.Stored stored, int position) {
        if (stored.status().compareTo(this.options.requiredStatus()) < 0) {
            // Each further attempt makes one more copy.
            return again(entry, FIRST_COPY, SLOWEST_COPY, true, "The broker (" + stored.target() + ") answered "
                    + stored.status() + ", " + this.options.requiredStatus() + " is required.");
        }
        long offset = (stored.queueOffset() < 0) ? -1 : stored.queueOffset() + position;
        return new OutboxOutcome.Sent(entry, stored.target(), stored.status(), offset);
    }

    /**
     * How long a message waits that was stored after attempts of another kind.
     * @param attempts how many
     * @param copies whether the broker has a copy of it that is not safe enough
     */
    static Duration afterAttempts(int attempts, boolean copies) {
        return copies ? backoff(FIRST_COPY, SLOWEST_COPY, attempts - 1)
                : backoff(Duration.ofSeconds(1), SLOWEST_RETRY, attempts - 1);
    }

    private static OutboxOutcome again(OutboxEntry entry, Duration first, Duration slowest, boolean uncertain,
            @Nullable String error) {
        return new OutboxOutcome.Again(entry, backoff(first, slowest, entry.attempts()), 1, uncertain, error);
    }

    private static Duration backoff(Duration first, Duration slowest, int attempts) {
        double wait = Math.min((double) slowest.toMillis(),
                first.toMillis() * Math.pow(2, Math.max(0, Math.min(20, attempts))));
        return Duration.ofMillis((long) (wait * (0.8 + 0.4 * ThreadLocalRandom.current().nextDouble())));
    }

    /** What is given back untried. */
    static List<OutboxOutcome> untried(List<OutboxEntry> entries, Duration delay) {
        return entries.stream()
            .<OutboxOutcome>map((entry) -> new OutboxOutcome.Again(entry, delay, 0, false, null))
            .toList();
    }

}
