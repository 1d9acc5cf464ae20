package io.reliablemq.producer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import io.reliablemq.message.LoggingContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends to a broker, of one message or of several together, whether synchronous,
 * asynchronous or in bulk.
 * <ol>
 * <li>{@link SendAttempts} hands the messages over until they are acknowledged.</li>
 * <li>Acknowledged: the buffer learns where each message is.</li>
 * <li>Failed, and worth another try: the buffer is asked to keep the messages.</li>
 * <li>The outcome is measured.</li>
 * </ol>
 */
class DirectSend {

    private static final Logger logger = LoggerFactory.getLogger(DirectSend.class);

    private final SendAttempts attempts;

    private final SendBuffer buffer;

    private final SendMeters meters;

    DirectSend(SendAttempts attempts, SendBuffer buffer, SendMeters meters) {
        this.attempts = attempts;
        this.buffer = buffer;
        this.meters = meters;
    }

    /** Sends one message. */
    SendReceipt send(SendProgress progress) {
        return send(progress, progress.messages()).get(0);
    }

    /**
     * Sends one message, or several together.
     * @param progress of what is to be sent
     * @param all what is kept if it cannot be sent, beginning with it
     * @return the receipts
     * @throws SendFailedException if it was neither acknowledged nor kept; if it is not
     * retryable and there are several, nothing is measured, because one alone is at fault
     */
    List<SendReceipt> send(SendProgress progress, List<PreparedMessage> all) {
        List<PreparedMessage> messages = progress.messages();
        String outcome = "failed";
        LoggingContext context = context(messages);
        try {
            SendAttempts.Acknowledged sent = this.attempts.send(progress);
            outcome = "acknowledged";
            return acknowledged(progress, sent);
        }
        catch (SendFailedException ex) {
            SendFailedException failure = keepFailed(progress.transport(), all, messages.size(), ex);
            if (failure == null) {
                outcome = "outboxed";
                return messages.stream().map((each) -> outboxed(each, ex.getAttempts())).toList();
            }
            outcome = isOfAnother(failure, messages) ? null : failure.isUncertain() ? "uncertain" : "failed";
            throw failure;
        }
        finally {
            record(messages, outcome, progress.elapsed().toNanos());
            context.close();
        }
    }

    /**
     * Begins to send one message whose turn has come.
     * @return the first attempt, {@code null} if it could not be made without waiting
     */
    @Nullable CompletableFuture<AttemptResult> begin(SendProgress progress) {
        LoggingContext context = context(progress.messages());
        try {
            return this.attempts.begin(progress);
        }
        finally {
            context.close();
        }
    }

    /**
     * Takes the answer to a first attempt. Does not block.
     * @return the receipt, {@code null} if the send has to go on by {@link #send}
     */
    @Nullable SendReceipt answered(SendProgress progress, AttemptResult result) {
        List<PreparedMessage> messages = progress.messages();
        SendAttempts.Acknowledged sent = this.attempts.acknowledged(progress, result);
        if (sent == null) {
            progress.add(result);
            return null;
        }
        LoggingContext context = context(messages);
        try {
            return acknowledged(progress, sent).get(0);
        }
        finally {
            record(messages, "acknowledged", progress.elapsed().toNanos());
            context.close();
        }
    }

    private List<SendReceipt> acknowledged(SendProgress progress, SendAttempts.Acknowledged sent) {
        List<PreparedMessage> messages = progress.messages();
        List<SendReceipt> receipts = new ArrayList<>(messages.size());
        for (int i = 0; i < messages.size(); i++) {
            tell(progress.transport(), messages.get(i), sent.stored(i));
            receipts.add(sent.receipt(messages.get(i)));
        }
        return receipts;
    }

    /** The message is where it should be, whatever becomes of the note. */
    private void tell(MessageTransport transport, PreparedMessage message, AttemptResult.Stored stored) {
        try {
            this.buffer.acknowledged(transport, message, stored);
        }
        catch (RuntimeException | Error ex) {
            logger.error("Message {} to {} was acknowledged, but could not be noted", message.id(),
                    message.destination(), ex);
        }
    }

    /**
     * Gives the buffer what could not be sent.
     * @return what is left of the failure, {@code null} if all is kept
     */
    @Nullable SendFailedException keepFailed(MessageTransport transport, List<PreparedMessage> messages, int tried,
            SendFailedException failure) {
        try {
            return (failure.isRetryable() && this.buffer.keepFailed(transport, messages, tried, failure)) ? null
                    : failure;
        }
        catch (RuntimeException | Error ex) {
            return failure.maybeKept(ex);
        }
    }

    /** Which one of several is at fault, a broker does not say. */
    static boolean isOfAnother(SendFailedException failure, List<PreparedMessage> messages) {
        return messages.size() > 1 && !failure.isRetryable();
    }

    static SendReceipt outboxed(PreparedMessage message, int attempts) {
        return new SendReceipt(message.id(), message.uniqKey(), Delivery.OUTBOXED, attempts);
    }

    private static LoggingContext context(List<PreparedMessage> messages) {
        return LoggingContext.open(Long.toString(messages.get(0).id()), Map.of());
    }

    private void record(List<PreparedMessage> messages, @Nullable String outcome, long nanos) {
        if (outcome != null) {
            for (PreparedMessage message : messages) {
                this.meters.record(message.topic(), outcome, nanos);
            }
        }
    }

}
