package io.reliablemq.listener;

import java.util.List;

/**
 * A listener that takes several messages at one go, for example to write them with one
 * JDBC batch. Implemented beside {@code RocketMQListener<T>}, whose {@code onMessage} is
 * not called then: {@code class X implements RocketMQListener<T>, BatchListener<T>}.
 * <p>
 * It gets up to {@code batch} messages (32 unless {@code @IdempotentConsumer(batch)} or
 * {@code reliable-mq.listeners."[group]".batch} says otherwise), in the order of their
 * queue, without duplicates of processed messages. A message that was delivered before
 * comes alone. Where {@code onMessages} throws, its messages are processed once more in
 * lists of one, so that only those fail which fail alone: in TRANSACTIONAL mode what it
 * did is rolled back before, otherwise it may have done a part of its work. The same
 * holds for a commit that fails. Not for ordered listeners. {@code IdempotencyContext} is
 * set in lists of one only.
 *
 * @param <T> type of the payload, the same as that of {@code RocketMQListener}
 */
public interface BatchListener<T> {

    /**
     * Processes messages. In TRANSACTIONAL mode nothing is committed for a message that
     * is not ok: the transaction is rolled back, and the method is called again with the
     * others.
     * @param messages the payloads, at least one
     * @return {@link BatchResult#ok()}, or which of them failed; must not be {@code null}
     * @throws Exception counts as a failure of a message, if it is the only one
     */
    BatchResult onMessages(List<T> messages) throws Exception;

}
