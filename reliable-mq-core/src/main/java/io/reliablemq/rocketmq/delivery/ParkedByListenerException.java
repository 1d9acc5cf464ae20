package io.reliablemq.rocketmq.delivery;

import java.util.Objects;

/**
 * A listener has said that a message is to be parked.
 */
final class ParkedByListenerException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ParkedByListenerException(Throwable cause) {
        super(cause);
    }

    /** The listener's reason. */
    static Throwable unwrap(Throwable failure) {
        return (failure instanceof ParkedByListenerException) ? Objects.requireNonNull(failure.getCause()) : failure;
    }

}
