package io.reliablemq.producer;

/**
 * Sends messages after a transaction, without waiting for anything on the committing
 * thread, which still holds its connection. A place is taken before the commit, so that
 * what finds none can be stored with the transaction instead; each place is used by one
 * {@link #send} or given back by one {@link #cancel}.
 */
public interface AfterCommitSender {

    /**
     * Takes a place, without waiting.
     * @return {@code false} if there is none
     */
    boolean reserve();

    /**
     * Gives a place back.
     */
    void cancel();

    /**
     * Sends a message in its place; returns at once. What cannot be sent comes back by
     * {@link SendBuffer#keepFailed}, on another thread.
     * @param message the message
     */
    void send(PreparedMessage message);

}
