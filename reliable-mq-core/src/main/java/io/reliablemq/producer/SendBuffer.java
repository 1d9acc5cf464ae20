package io.reliablemq.producer;

import java.util.List;

/**
 * A store of messages that are not, or could not be, handed to a broker at once, such as
 * the outbox. Called by many threads at a time.
 */
public interface SendBuffer {

    /**
     * Keeps those of the messages that are not to be sent now. Called on the thread that
     * sends, before anything is sent.
     * @param transport the way to the messages' cluster
     * @param messages the messages, in order
     * @param afterCommit sends a message after the caller's transaction
     * @return those of the given objects that are kept; the caller sends the others
     * @throws io.reliablemq.message.InvalidMessageException if one of them can never be
     * kept; then none is
     * @throws SendFailedException if they should be kept, outside of a transaction, and
     * cannot be; uncertain if they may be kept. Nothing is sent now
     * @throws RuntimeException if they should be kept and cannot be; nothing is sent then
     */
    List<PreparedMessage> keep(MessageTransport transport, List<PreparedMessage> messages,
            AfterCommitSender afterCommit);

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
