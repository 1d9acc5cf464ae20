package io.reliablemq.producer;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.reliablemq.message.InvalidMessageException;
import io.reliablemq.message.ReliableMessage;
import org.jspecify.annotations.Nullable;

/**
 * The transport to one cluster. Converts messages and hands them over once; when to try
 * again is decided elsewhere. Safe for concurrent use.
 */
public interface MessageTransport {

    /**
     * Converts a message and checks what only the cluster's client knows, such as the
     * greatest size. Sends nothing. The message may be sent long after the caller has
     * gone on: its body shares no array with the payload.
     * @param message the message; its payload is no Spring message
     * @param id its id
     * @param deliverAt when it becomes due, {@code null} for at once
     * @return the message, ready to be sent any number of times
     * @throws InvalidMessageException if it can never be sent as it is
     */
    PreparedMessage prepare(ReliableMessage<?> message, long id, @Nullable Instant deliverAt);

    /**
     * Hands a message to one queue, once, and waits for the answer. Failures are
     * answered, not thrown.
     * @param message the message
     * @param failed the queue of the attempt before, {@code null} in the first attempt.
     * With an ordering key the same queue is taken again; otherwise another broker's, if
     * there is one
     * @param timeout longest time to wait
     * @return what came of it
     * @throws InterruptedException if the thread was interrupted; the message may be
     * stored
     */
    AttemptResult send(PreparedMessage message, @Nullable SendTarget failed, Duration timeout)
            throws InterruptedException;

    /**
     * Hands a message to one queue, once, and does not wait for the answer. What depends
     * on the answer runs on a thread of the cluster's client and must not block.
     * @param message a message without an ordering key
     * @param timeout longest time until there is an answer
     * @return what comes of it; {@code null} if this transport would have to wait, for a
     * route for example: nothing was sent then, and {@link #send} is to be used
     */
    default @Nullable CompletableFuture<AttemptResult> sendAsync(PreparedMessage message, Duration timeout) {
        return null;
    }

    /**
     * Whether messages may be handed over together. They are for one topic; order matters
     * only among those that share an ordering key.
     * @param messages the messages, in order
     * @return how many of the first ones fit into one batch; 1 if the first must be sent
     * alone
     */
    int batchSize(List<PreparedMessage> messages);

    /**
     * Tells where the messages of an ordering key go, so that keys of a broker that hangs
     * keep no others waiting. Asks nobody.
     * @param topic the topic
     * @param orderingKey the key
     * @return name of the broker; {@code null} if that is not known yet
     */
    default @Nullable String brokerOf(String topic, String orderingKey) {
        return null;
    }

    /**
     * Hands messages to one queue, together and once: all are stored, one after another,
     * or none. Failures are answered, not thrown.
     * @param messages as many as {@link #batchSize} allows
     * @param failed as in {@link #send}
     * @param timeout longest time to wait
     * @return what came of all of them; the queue offset is that of the first
     * @throws InterruptedException if the thread was interrupted; the messages may be
     * stored
     */
    AttemptResult sendBatch(List<PreparedMessage> messages, @Nullable SendTarget failed, Duration timeout)
            throws InterruptedException;

    /**
     * Where the cluster is. Tells clusters apart that nobody has given a name.
     * @return its address; {@code null} if that is not known
     */
    default @Nullable ClusterAddress address() {
        return null;
    }

    /**
     * Whether anything can be sent. A transport whose client is made late, by the end of
     * the application's start, is not ready before.
     * @return {@code true} if there is a client
     */
    default boolean isReady() {
        return true;
    }

}
