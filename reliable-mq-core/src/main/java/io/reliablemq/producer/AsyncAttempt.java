package io.reliablemq.producer;

import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

/**
 * Delivers one message to a broker, without waiting for the answer as long as the first
 * attempt succeeds.
 */
final class AsyncAttempt {

    private final DirectSend delivery;

    private final MessageTransport transport;

    private final SendProgress progress;

    private final boolean inTurn;

    /**
     * Creates the delivery.
     * @param inTurn whether the topic's rate lets the message go already
     */
    AsyncAttempt(DirectSend delivery, MessageTransport transport, SendProgress progress, boolean inTurn) {
        this.delivery = delivery;
        this.transport = transport;
        this.progress = progress;
        this.inTurn = inTurn;
    }

    SendProgress progress() {
        return this.progress;
    }

    /** Makes the first attempt; {@code null} if that would mean to wait. */
    @Nullable CompletableFuture<AttemptResult> begin() {
        return this.inTurn ? this.delivery.begin(this.transport, this.progress) : null;
    }

    /** Takes its answer; {@code null} if there is more to do. */
    @Nullable SendReceipt answered(@Nullable AttemptResult result, @Nullable Throwable failure) {
        if (result == null) {
            this.progress.fail((failure != null) ? failure : new NullPointerException("No result"));
            return null;
        }
        return this.delivery.answered(this.transport, this.progress, result);
    }

    /** Makes the attempts that are still to be made, waiting for each. */
    SendReceipt finish() {
        return this.delivery.deliver(this.transport, this.progress, this.inTurn);
    }

    /** Why it fails when no thread can be had. */
    SendFailedException refused(Throwable cause) {
        SendFailedException failure = this.progress.failed("no thread could be had for it (" + cause + ")");
        failure.addSuppressed(cause);
        return failure;
    }

    /** Why it fails when everything is being closed. */
    SendFailedException abandoned(boolean awaitingAnswer) {
        return awaitingAnswer
                ? this.progress.inFirstAttempt()
                    .broken("the template was closed while the broker's answer was awaited", null)
                : AsyncSendLimiter.closed(this.progress);
    }

}
