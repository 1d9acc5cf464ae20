package io.reliablemq.producer;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

import io.reliablemq.throttling.RateLimit;
import org.jspecify.annotations.Nullable;

/**
 * Hands messages to a transport until one attempt is acknowledged or no further one can
 * help.
 */
class SendAttempts {

    private final SendOptions options;

    private final SendRetryPolicy policy;

    private final Ticker ticker;

    private final SendLimits limits;

    SendAttempts(SendOptions options, SendRetryPolicy policy, SendLimits limits, Ticker ticker) {
        this.limits = limits;
        this.options = options;
        this.policy = policy;
        this.ticker = ticker;
    }

    /**
     * Waits until its topic's rate lets the messages go, together if they are several;
     * goes on where an attempt has failed.
     */
    Acknowledged send(SendProgress progress) {
        if (!progress.isInTurn()) {
            awaitTurn(progress);
        }
        while (true) {
            if (progress.bug() != null) {
                throw progress.broken("the transport failed", progress.bug());
            }
            AttemptResult last = progress.last();
            if (last != null) {
                pause(progress, last);
            }
            Duration left = this.options.deadline().minus(progress.elapsed());
            if (left.isNegative() || left.isZero()) {
                throw progress.failed("the deadline of " + this.options.deadline() + " has passed");
            }
            if (Thread.currentThread().isInterrupted()) {
                throw progress.failed("the thread was interrupted");
            }
            AttemptResult result = attempt(progress, shorter(this.options.attemptTimeout(), left));
            Acknowledged acknowledged = acknowledged(progress, result);
            if (acknowledged != null) {
                return acknowledged;
            }
            progress.add(result);
        }
    }

    /**
     * Makes the first attempt without waiting for its answer.
     * @return what comes of it, {@code null} if it could not be made that way
     */
    @Nullable CompletableFuture<AttemptResult> begin(SendProgress progress) {
        Duration left = this.options.deadline().minus(progress.elapsed());
        if (left.isNegative() || left.isZero()) {
            return null;
        }
        progress.begin();
        CompletableFuture<AttemptResult> answer;
        try {
            answer = progress.transport()
                .sendAsync(progress.messages().get(0), shorter(this.options.attemptTimeout(), left));
        }
        catch (Throwable ex) {
            return CompletableFuture.failedFuture(ex);
        }
        if (answer == null) {
            progress.unbegin();
        }
        return answer;
    }

    /** The acknowledgement, {@code null} if the attempt did not bring it. */
    @Nullable Acknowledged acknowledged(SendProgress progress, AttemptResult result) {
        return (result instanceof AttemptResult.Stored stored
                && stored.status().compareTo(this.options.requiredStatus()) >= 0)
                        ? new Acknowledged(progress.attempts(), stored) : null;
    }

    private void awaitTurn(SendProgress progress) {
        List<PreparedMessage> messages = progress.messages();
        RateLimit limit = this.limits.of(messages.get(0).topic());
        if (limit == null) {
            return;
        }
        long nanos = limit.take(messages.size(), this.options.deadline().minus(progress.elapsed()));
        if (nanos < 0) {
            throw progress.failed("the limit of " + limit.perSecond() + " messages per second for its topic"
                    + " (reliable-mq.producer.rate-limits) leaves no turn within the deadline of "
                    + this.options.deadline());
        }
        try {
            if (nanos > 0) {
                this.ticker.sleep(Duration.ofNanos(nanos));
            }
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw progress.failed("the thread was interrupted while the message waited for its turn"
                    + " (reliable-mq.producer.rate-limits)");
        }
    }

    private AttemptResult attempt(SendProgress progress, Duration timeout) {
        List<PreparedMessage> messages = progress.messages();
        MessageTransport transport = progress.transport();
        progress.begin();
        try {
            return (messages.size() == 1) ? transport.send(messages.get(0), progress.target(), timeout)
                    : transport.sendBatch(messages, progress.target(), timeout);
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw progress.broken("the thread was interrupted while the broker's answer was awaited", ex);
        }
        catch (RuntimeException | Error ex) {
            throw progress.broken("the transport failed", ex);
        }
    }

    private void pause(SendProgress progress, AttemptResult result) {
        if (result instanceof AttemptResult.Failed failed && failed.kind() != FailureKind.TRANSIENT) {
            throw progress.failed("another attempt cannot help");
        }
        if (progress.insufficient() > 1) {
            throw progress.failed(
                    "the broker stored it twice without reaching the required status " + this.options.requiredStatus());
        }
        Duration delay = nextDelay(progress, result);
        if (delay == null) {
            throw progress.failed("no attempts are left");
        }
        if (progress.elapsed().plus(delay).compareTo(this.options.deadline()) >= 0) {
            throw progress.failed("the deadline of " + this.options.deadline() + " leaves no time for another attempt");
        }
        try {
            this.ticker.sleep(delay);
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw progress.failed("the thread was interrupted between two attempts");
        }
    }

    private @Nullable Duration nextDelay(SendProgress progress, AttemptResult result) {
        Optional<Duration> delay;
        try {
            delay = this.policy.nextDelay(progress.failedAttempt(result));
        }
        catch (RuntimeException | Error ex) {
            SendFailedException failure = progress.failed("the SendRetryPolicy failed: " + ex);
            failure.addSuppressed(ex);
            throw failure;
        }
        return delay.orElse(null);
    }

    private static Duration shorter(Duration one, Duration other) {
        return (one.compareTo(other) <= 0) ? one : other;
    }

    /**
     * The messages are where they should be.
     *
     * @param attempts how often they were handed over
     * @param stored where they are; the queue offset is that of the first
     */
    record Acknowledged(int attempts, AttemptResult.Stored stored) {

        SendReceipt receipt(PreparedMessage message) {
            return new SendReceipt(message.id(), message.uniqKey(), Delivery.ACKNOWLEDGED, this.attempts);
        }

        /** The place of one of them. */
        AttemptResult.Stored stored(int position) {
            return (position == 0 || this.stored.queueOffset() < 0) ? this.stored : new AttemptResult.Stored(
                    this.stored.target(), this.stored.status(), this.stored.queueOffset() + position);
        }

    }

}
