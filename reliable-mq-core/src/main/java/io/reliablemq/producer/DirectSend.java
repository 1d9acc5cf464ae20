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
 * Every send to a broker that was asked for directly passes here: of one message, or of
 * several together. What could not be sent is kept, if there is a buffer for it.
 */
class DirectSend {

    private static final Logger logger = LoggerFactory.getLogger(DirectSend.class);

    private final SendAttempts sender;

    private final SendBuffer buffer;

    private final SendMeters meters;

    DirectSend(SendAttempts sender, SendBuffer buffer, SendMeters meters) {
        this.sender = sender;
        this.buffer = buffer;
        this.meters = meters;
    }

    /** Sends one message. */
    SendReceipt deliver(MessageTransport transport, SendProgress progress, boolean inTurn) {
        return deliver(transport, progress, progress.messages(), inTurn).get(0);
    }

    /**
     * Begins to send one message whose turn has come.
     * @return the first attempt, {@code null} if it could not be made without waiting
     */
    @Nullable CompletableFuture<AttemptResult> begin(MessageTransport transport, SendProgress progress) {
        LoggingContext context = context(progress.messages());
        try {
            return this.sender.begin(transport, progress);
        }
        finally {
            context.close();
        }
    }

    /**
     * Takes the answer to a first attempt. Does not block.
     * @return the receipt, {@code null} if the send has to go on by {@link #deliver}
     */
    @Nullable SendReceipt answered(MessageTransport transport, SendProgress progress, AttemptResult result) {
        List<PreparedMessage> messages = progress.messages();
        SendAttempts.Acknowledged sent = this.sender.acknowledged(progress, result);
        if (sent == null) {
            progress.add(result);
            return null;
        }
        LoggingContext context = context(messages);
        try {
            return acknowledged(transport, messages, sent).get(0);
        }
        finally {
            record(messages, "acknowledged", progress.elapsed().toNanos());
            context.close();
        }
    }

    /**
     * Sends one message, or several together.
     * @param transport where to
     * @param progress of what is to be sent
     * @param all what is kept if it cannot be sent, beginning with it
     * @param inTurn whether the topic's rate lets it go already
     * @return the receipts
     * @throws SendFailedException if it was neither acknowledged nor kept; if it is not
     * retryable and there are several, nothing is noted, because one alone is at fault
     */
    List<SendReceipt> deliver(MessageTransport transport, SendProgress progress, List<PreparedMessage> all,
            boolean inTurn) {
        List<PreparedMessage> messages = progress.messages();
        String outcome = "failed";
        LoggingContext context = context(messages);
        try {
            SendAttempts.Acknowledged sent = inTurn ? this.sender.sendInTurn(transport, progress)
                    : this.sender.send(transport, progress);
            outcome = "acknowledged";
            return acknowledged(transport, messages, sent);
        }
        catch (SendFailedException ex) {
            SendFailedException failure = keep(transport, all, messages.size(), ex);
            if (failure == null) {
                outcome = "outboxed";
                return messages.stream().map((each) -> kept(each, ex.getAttempts())).toList();
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
     * Gives the buffer what could not be sent.
     * @return what is left of the failure, {@code null} if all is kept
     */
    @Nullable SendFailedException keep(MessageTransport transport, List<PreparedMessage> messages, int tried,
            SendFailedException failure) {
        try {
            return (failure.isRetryable() && this.buffer.keepFailed(transport, messages, tried, failure)) ? null
                    : failure;
        }
        catch (RuntimeException | Error ex) {
            return failure.maybeKept(ex);
        }
    }

    private static LoggingContext context(List<PreparedMessage> messages) {
        return LoggingContext.open(Long.toString(messages.get(0).id()), Map.of());
    }

    private List<SendReceipt> acknowledged(MessageTransport transport, List<PreparedMessage> messages,
            SendAttempts.Acknowledged sent) {
        List<SendReceipt> receipts = new ArrayList<>(messages.size());
        for (int i = 0; i < messages.size(); i++) {
            tell(transport, messages.get(i), sent.stored(i));
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

    /** Which one of several is at fault, a broker does not say. */
    static boolean isOfAnother(SendFailedException failure, List<PreparedMessage> messages) {
        return messages.size() > 1 && !failure.isRetryable();
    }

    private void record(List<PreparedMessage> messages, @Nullable String outcome, long nanos) {
        if (outcome != null) {
            for (PreparedMessage message : messages) {
                this.meters.record(message.topic(), outcome, nanos);
            }
        }
    }

    static SendReceipt kept(PreparedMessage message, int attempts) {
        return new SendReceipt(message.id(), message.uniqKey(), Delivery.OUTBOXED, attempts);
    }

}
