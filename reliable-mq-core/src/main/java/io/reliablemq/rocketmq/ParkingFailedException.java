package io.reliablemq.rocketmq;

import io.reliablemq.ReliableMQException;
import org.jspecify.annotations.Nullable;

/**
 * A message could not be written to the dead letters: it must be delivered again.
 */
class ParkingFailedException extends ReliableMQException {

    private static final long serialVersionUID = 1L;

    ParkingFailedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

}
