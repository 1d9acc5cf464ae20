package io.reliablemq.producer;

import java.util.List;
import java.util.function.Consumer;

/**
 * What can keep messages that are not, or could not be, handed to a broker at once: an
 * outbox. Called by many threads at a time.
 */
public interface SendBuffer {

    /**
     * Takes messages that are not to be sent now. Called on the thread that sends, before
     * anything is sent.
     * @param transport the way to the messages' cluster
     * @param messages the messages, in order
     * @param sendLater sends a message without waiting for the outcome; what cannot be
     * sent comes back by {@link #keepFailed}
     * @return those that are to be sent now
     * @throws io.reliablemq.message.InvalidMessageException if one of them can never be
     * kept; then none is
     * @throws SendFailedException if they should be kept, outside of a transaction, and
     * cannot be; uncertain if they may be kept. Nothing is sent now
     * @throws RuntimeException if they should be kept and cannot be; nothing is sent then
     */
    List<PreparedMessage> keep(MessageTransport transport, List<PreparedMessage> messages,
            Consumer<PreparedMessage> sendLater);

    /**
     * Takes messages that could not be sent. The first of them were tried, together.
     * @param transport the way to the messages' cluster
     * @param messages the messages, in order
     * @param tried how many of them were tried
     * @param failure how those failed
     * @return whether all of them are kept and will be sent later; if not, none is, and
     * the caller is told of the failure
     * @throws RuntimeException if it is not known whether they are kept; the caller is
     * told of an uncertain failure then
     */
    boolean keepFailed(MessageTransport transport, List<PreparedMessage> messages, int tried,
            SendFailedException failure);

    /**
     * Learns that a message was acknowledged. Must not block.
     * @param transport the way to the message's cluster
     * @param message the message
     * @param stored where it is
     */
    void acknowledged(MessageTransport transport, PreparedMessage message, AttemptResult.Stored stored);

    /**
     * Keeps nothing.
     * @return the buffer
     */
    static SendBuffer none() {
        return NoBuffer.INSTANCE;
    }

}
