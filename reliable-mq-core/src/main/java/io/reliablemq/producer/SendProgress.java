package io.reliablemq.producer;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The state of one send: where to, of one message or of several that are handed over
 * together, and what its attempts have come to.
 */
class SendProgress {

    private final MessageTransport transport;

    private final List<PreparedMessage> together;

    private final PreparedMessage message;

    private final long start;

    private final Ticker ticker;

    private boolean inTurn;

    private int attempts;

    private int insufficient;

    private boolean uncertain;

    private @Nullable AttemptResult last;

    private @Nullable Throwable bug;

    SendProgress(MessageTransport transport, List<PreparedMessage> together, long start, Ticker ticker) {
        this.transport = transport;
        this.together = together;
        this.message = together.get(0);
        this.start = start;
        this.ticker = ticker;
    }

    /** The same, in its first attempt. */
    SendProgress inFirstAttempt() {
        SendProgress first = new SendProgress(this.transport, this.together, this.start, this.ticker);
        first.begin();
        return first;
    }

    /** An earlier failure counts: that of the same message together with others. */
    SendProgress after(@Nullable SendFailedException earlier) {
        if (earlier != null) {
            this.attempts = earlier.getAttempts();
            this.uncertain = earlier.isUncertain();
        }
        return this;
    }

    /** The rate of the topic lets it go already. */
    SendProgress inTurn(boolean inTurn) {
        this.inTurn = inTurn;
        return this;
    }

    boolean isInTurn() {
        return this.inTurn;
    }

    MessageTransport transport() {
        return this.transport;
    }

    List<PreparedMessage> messages() {
        return this.together;
    }

    int attempts() {
        return this.attempts;
    }

    Duration elapsed() {
        return this.ticker.since(this.start);
    }

    void begin() {
        this.attempts++;
    }

    /** The attempt that was begun did not take place. */
    void unbegin() {
        this.attempts--;
    }

    /** The transport did not answer an attempt, but failed. */
    void fail(Throwable bug) {
        this.bug = bug;
        this.uncertain = true;
    }

    @Nullable Throwable bug() {
        return this.bug;
    }

    /** What the attempt before came to; {@code null} before the first. */
    @Nullable AttemptResult last() {
        return this.last;
    }

    void add(AttemptResult result) {
        this.last = result;
        if (result instanceof AttemptResult.Stored) {
            this.insufficient++;
            this.uncertain = true;
        }
        else if (result instanceof AttemptResult.Failed failed && failed.uncertain()) {
            this.uncertain = true;
        }
    }

    /** How often the message was stored with a lower status than asked for. */
    int insufficient() {
        return this.insufficient;
    }

    /** Where the attempt before went. */
    @Nullable SendTarget target() {
        return (this.last != null) ? this.last.target() : null;
    }

    FailedAttempt failedAttempt(AttemptResult result) {
        return new FailedAttempt(this.attempts, elapsed(), this.message.topic(), result);
    }

    /** The attempt under way ended without an answer. */
    SendFailedException broken(String why, @Nullable Throwable cause) {
        this.uncertain = true;
        this.last = null;
        return failure(why + ".", cause);
    }

    SendFailedException failed(String why) {
        if (this.last instanceof AttemptResult.Failed failed) {
            return failure(why + ". Last failure" + at(failed.target()) + ": " + describe(failed.cause()) + ". "
                    + failed.advice(), failed.cause());
        }
        if (this.last instanceof AttemptResult.Stored stored) {
            return failure(why + ". Last answer" + at(stored.target()) + ": status " + stored.status()
                    + ". Look at the broker's disk and replicas, or ask for less by "
                    + "reliable-mq.producer.required-status.", null);
        }
        return failure(why + ((this.attempts == 0) ? " before the first attempt." : "."), null);
    }

    private SendFailedException failure(String why, @Nullable Throwable cause) {
        String text = "Message " + this.message.id() + " to " + this.message.destination() + others()
                + " was not acknowledged after " + this.attempts + ((this.attempts == 1) ? " attempt" : " attempts")
                + " in " + elapsed().toMillis() + " ms: " + why + " " + consequence();
        return new SendFailedException(text, this.message.id(), this.message.destination(), this.attempts,
                this.uncertain, !isIllegal(), cause);
    }

    private String others() {
        int others = this.together.size() - 1;
        return (others > 0) ? " (in one batch with " + others + ((others == 1) ? " other)" : " others)") : "";
    }

    private boolean isIllegal() {
        return this.last instanceof AttemptResult.Failed failed && failed.kind() == FailureKind.ILLEGAL;
    }

    private String consequence() {
        return this.uncertain
                ? "The broker may have stored it: send it again under the same id, so that idempotent consumers "
                        + "process it once."
                : "The broker has not stored it.";
    }

    private static String at(@Nullable SendTarget target) {
        return (target != null) ? " (" + target + ")" : "";
    }

    private static String describe(Throwable cause) {
        return cause.getClass().getSimpleName() + ": " + cause.getMessage();
    }

}
