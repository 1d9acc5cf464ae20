package io.reliablemq.outbox;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.FailureKind;
import io.reliablemq.producer.MessageTransport;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.SendLimits;
import io.reliablemq.producer.SendTarget;
import io.reliablemq.shaping.RateLimit;
import org.jspecify.annotations.Nullable;

/**
 * Hands claimed messages to the broker, together where that is allowed, and says what
 * came of each. What may be stored without an answer is sent again with the same ids. A
 * claim that could end before the answer is not used.
 */
final class OutboxSender {

    private static final Duration SLOWEST_RETRY = Duration.ofSeconds(15);

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
     * Sends messages of one destination.
     * @param entries the messages
     * @param ordered whether to stop at the first that does not arrive
     * @return the outcomes, in order; fewer than messages if the claim does not last
     */
    List<OutboxOutcome> send(List<OutboxEntry> entries, boolean ordered) throws InterruptedException {
        List<OutboxOutcome> outcomes = new ArrayList<>();
        MessageTransport transport = this.clusters.transport(entries.get(0).cluster());
        RateLimit limit = this.limits.of(entries.get(0).destination().topic());
        int next = 0;
        while (transport != null && next < entries.size() && isClaimed(entries.get(next))) {
            int size = size(transport, entries, next);
            if (limit != null) {
                size = Math.min(size, limit.atOnce());
                if (!awaitTurns(limit, size)) {
                    outcomes.addAll(untilTheirTurn(limit, entries.subList(next, entries.size()), ordered));
                    break;
                }
                if (!isClaimed(entries.get(next))) {
                    break;
                }
            }
            List<OutboxEntry> batch = entries.subList(next, next + size);
            List<OutboxOutcome> some = send(transport, batch, ordered);
            outcomes.addAll(some);
            next += some.size();
            if (ordered && some.stream().anyMatch(OutboxOutcome.Again.class::isInstance)) {
                break;
            }
        }
        if (outcomes.stream().anyMatch(OutboxOutcome.Sent.class::isInstance)) {
            this.pauses.succeeded(entries.get(0).destination());
        }
        return outcomes;
    }

    private static boolean awaitTurns(RateLimit limit, int turns) throws InterruptedException {
        long nanos = limit.take(turns, LONGEST_TURN);
        if (nanos > 0) {
            TimeUnit.NANOSECONDS.sleep(nanos);
        }
        return nanos >= 0;
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
    private static int size(MessageTransport transport, List<OutboxEntry> entries, int from) {
        List<PreparedMessage> fresh = new ArrayList<>();
        for (OutboxEntry entry : entries.subList(from, entries.size())) {
            if (entry.attempts() > 0) {
                break;
            }
            fresh.add(entry.message());
        }
        return (fresh.size() > 1) ? transport.batchSize(fresh) : 1;
    }

    private List<OutboxOutcome> send(MessageTransport transport, List<OutboxEntry> batch, boolean ordered)
            throws InterruptedException {
        List<PreparedMessage> messages = batch.stream().map(OutboxEntry::message).toList();
        Destination destination = batch.get(0).destination();
        // An ordering key has its queue; what happened to others says nothing about it.
        SendTarget failed = ordered ? null : this.pauses.lastFailed(destination);
        AttemptResult result = transport.sendBatch(messages, failed, this.options.attemptTimeout());
        if (result instanceof AttemptResult.Failed failure) {
            if (failure.kind() == FailureKind.ILLEGAL && batch.size() > 1) {
                // Which one is at fault, the broker does not say.
                return send(transport, batch.subList(0, 1), ordered);
            }
            if (failure.kind() != FailureKind.ILLEGAL && !ordered) {
                this.pauses.failed(destination, failure.target(), System.nanoTime());
            }
        }
        List<OutboxOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            outcomes.add(outcome(batch.get(i), result, i));
        }
        return outcomes;
    }

    private OutboxOutcome outcome(OutboxEntry entry, AttemptResult result, int position) {
        if (result instanceof AttemptResult.Failed failure) {
            String error = failure.cause() + ". " + failure.advice();
            return (failure.kind() == FailureKind.ILLEGAL) ? new OutboxOutcome.Parked(entry, error)
                    : again(entry, Duration.ofSeconds(1), SLOWEST_RETRY, failure.uncertain(), error);
        }
        AttemptResult.Stored stored = (AttemptResult.Stored) result;
        if (stored.status().compareTo(this.options.requiredStatus()) < 0) {
            // Each further attempt makes one more copy.
            return again(entry, FIRST_COPY, SLOWEST_COPY, true, "The broker (" + stored.target() + ") answered "
                    + stored.status() + ", " + this.options.requiredStatus() + " is required.");
        }
        long offset = (stored.queueOffset() < 0) ? -1 : stored.queueOffset() + position;
        return new OutboxOutcome.Sent(entry, stored.target(), stored.status(), offset);
    }

    private static OutboxOutcome again(OutboxEntry entry, Duration first, Duration slowest, boolean uncertain,
            @Nullable String error) {
        double wait = Math.min((double) slowest.toMillis(),
                first.toMillis() * Math.pow(2, Math.min(20, entry.attempts())));
        long jittered = (long) (wait * (0.8 + 0.4 * ThreadLocalRandom.current().nextDouble()));
        return new OutboxOutcome.Again(entry, Duration.ofMillis(jittered), 1, uncertain, error);
    }

    /** What is given back untried. */
    static List<OutboxOutcome> untried(List<OutboxEntry> entries, Duration delay) {
        return entries.stream()
            .<OutboxOutcome>map((entry) -> new OutboxOutcome.Again(entry, delay, 0, false, null))
            .toList();
    }

}
