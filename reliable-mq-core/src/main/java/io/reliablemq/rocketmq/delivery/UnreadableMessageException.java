package io.reliablemq.rocketmq.delivery;

import io.reliablemq.ReliableMQException;
import org.jspecify.annotations.Nullable;

/**
 * A message cannot be turned into what the listener takes. Delivering it again cannot
 * help, so it is parked at once.
 */
class UnreadableMessageException extends ReliableMQException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     * @param type what the listener takes
     * @param cause the converter's exception, {@code null} if it answered nothing
     */
    public UnreadableMessageException(Class<?> type, @Nullable Throwable cause) {
        super("The message cannot be converted to " + type.getName()
                + ". Correct the sender or the listener's type, then replay it from the dead letters.", cause);
    }

}
