package io.reliablemq.producer;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends messages after a commit as asynchronous sends. What fails is given to the buffer,
 * never on the committing thread; what cannot be kept either is reported as lost.
 */
final class AsyncAfterCommitSender implements AfterCommitSender {

    private static final Logger logger = LoggerFactory.getLogger(AsyncAfterCommitSender.class);

    private final MessageTransport transport;

    private final DirectSend direct;

    private final AsyncSendLimiter asyncSends;

    private final SendLimits limits;

    private final Ticker ticker;

    AsyncAfterCommitSender(MessageTransport transport, DirectSend direct, AsyncSendLimiter asyncSends,
            SendLimits limits, Ticker ticker) {
        this.transport = transport;
        this.direct = direct;
        this.asyncSends = asyncSends;
        this.limits = limits;
        this.ticker = ticker;
    }

    @Override
    public boolean reserve() {
        return this.asyncSends.tryReserve();
    }

    @Override
    public void cancel() {
        this.asyncSends.cancelReservation();
    }

    @Override
    public void send(PreparedMessage message) {
        SendProgress progress = new SendProgress(this.transport, List.of(message), this.ticker.nanos(), this.ticker)
            .inTurn(this.limits.of(message.topic()) == null);
        AtomicReference<@Nullable Thread> committing = new AtomicReference<>(Thread.currentThread());
        CompletableFuture<SendReceipt> unused = this.asyncSends.submitReserved(progress)
            .whenComplete((receipt, failure) -> {
                if (failure != null && Thread.currentThread() == committing.get()) {
                    keepElsewhere(message, failure);
                }
                else if (failure != null) {
                    keepOrReport(message, failure);
                }
            });
        committing.set(null);
    }

    private void keepElsewhere(PreparedMessage message, Throwable failure) {
        try {
            new Thread(() -> keepOrReport(message, failure), "reliable-mq-send-keep").start();
        }
        catch (Throwable ex) {
            failure.addSuppressed(ex);
            reportLost(message, failure);
        }
    }

    private void keepOrReport(PreparedMessage message, Throwable failure) {
        Throwable left = (failure instanceof SendFailedException ex)
                ? this.direct.keepFailed(this.transport, List.of(message), 1, ex) : failure;
        if (left != null) {
            reportLost(message, left);
        }
    }

    private static void reportLost(PreparedMessage message, Throwable failure) {
        logger.error("Message {} to {} {} lost: it could neither be sent after the commit nor stored", message.id(),
                message.destination(),
                (failure instanceof SendFailedException ex && ex.isUncertain()) ? "may be" : "is", failure);
    }

}
