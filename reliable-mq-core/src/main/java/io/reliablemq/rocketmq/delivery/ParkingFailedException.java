package io.reliablemq.rocketmq.delivery;

import io.reliablemq.ReliableMQException;
import org.jspecify.annotations.Nullable;

/**
 * A message could not be written to the dead letters: it must be delivered again.
 */
public class ParkingFailedException extends ReliableMQException {

    private static final long serialVersionUID = 1L;

    public ParkingFailedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

}
