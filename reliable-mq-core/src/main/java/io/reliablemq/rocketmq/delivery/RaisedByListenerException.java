package io.reliablemq.rocketmq.delivery;

import java.util.Objects;

import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.InvalidRecordKeyException;

/**
 * Wraps what a listener has thrown and this library throws, too: a guard of its own has
 * no store, for example, or was given a wrong key. That says nothing about the message's
 * own record and key, and is a failure of the listener like any other.
 */
final class RaisedByListenerException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private RaisedByListenerException(Throwable cause) {
        super(cause);
    }

    /** The failure itself, unless it could be taken for one of the library's own. */
    static Throwable mark(Throwable failure) {
        boolean ambiguous = failure instanceof IdempotencyStoreException || failure instanceof InvalidRecordKeyException
                || failure instanceof UnreadableMessageException;
        return ambiguous ? of(failure) : failure;
    }

    static RaisedByListenerException of(Throwable failure) {
        return new RaisedByListenerException(failure);
    }

    /** What the listener has thrown. */
    static Throwable unwrap(Throwable failure) {
        return (failure instanceof RaisedByListenerException) ? Objects.requireNonNull(failure.getCause()) : failure;
    }

}
