package io.reliablemq.rocketmq.delivery;

import io.reliablemq.idempotency.RecordKey;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;

/**
 * Decides before the guard whether a message is to be processed now.
 */
@FunctionalInterface
interface Admission {

    /** Everything is. */
    Admission OPEN = (message, key) -> null;

    /**
     * Returns what becomes of the message instead, or {@code null} if it may go on.
     * @throws io.reliablemq.idempotency.IdempotencyStoreException if a store cannot
     * answer
     */
    @Nullable DeliveryResult admit(MessageExt message, RecordKey key);

}
