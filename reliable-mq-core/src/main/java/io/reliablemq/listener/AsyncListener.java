package io.reliablemq.listener;

import java.util.concurrent.CompletionStage;

/**
 * A listener whose work goes on after its method has returned, for example a call over
 * the network that blocks no thread. Implemented beside {@code RocketMQListener<T>},
 * whose {@code onMessage} is not called then:
 * {@code class X implements RocketMQListener<T>, AsyncListener<T>}.
 * <p>
 * Several messages are under way together, up to
 * {@code reliable-mq.listeners."[group]".async-in-flight}. A message is acknowledged when
 * its stage completes normally, and comes again after the policy's delay when it
 * completes exceptionally. One that has not completed within the consumer's consume
 * timeout (15 minutes unless set otherwise) counts as failed; what it does later is not
 * seen. Not for ordered listeners, and guarded in LEASE mode only: a transaction does not
 * follow the work to other threads.
 *
 * @param <T> type of the payload, the same as that of {@code RocketMQListener}
 */
public interface AsyncListener<T> {

    /**
     * Begins to process a message. Called on a consuming thread, with logging context,
     * observation and {@code IdempotencyContext} set; they are not set where the work
     * goes on.
     * @param message the payload
     * @return completes when the work is done; must not be {@code null}
     * @throws Exception counts as a failure, like a stage that completes with it
     */
    CompletionStage<Void> onMessageAsync(T message) throws Exception;

}
