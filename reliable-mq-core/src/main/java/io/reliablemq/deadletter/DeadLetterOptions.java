package io.reliablemq.deadletter;

import java.time.Duration;

import io.reliablemq.Internal;
import io.reliablemq.InvalidConfigurationException;

/**
 * How long letters and replays last.
 *
 * @param retention how long RESOLVED and DISCARDED letters are kept, and those of
 * messages that were dropped on purpose; other PARKED ones stay
 * @param sendLease how long an instance has to send a copy
 * @param replayTimeout how long the listener has to process a copy, before its letter is
 * PARKED again
 */
@Internal
public record DeadLetterOptions(Duration retention, Duration sendLease, Duration replayTimeout) {

    /** Longer than all attempts of one send. */
    private static final Duration SEND_LEASE = Duration.ofMinutes(1);

    /**
     * Checks the values.
     * @throws InvalidConfigurationException if one is not above zero
     */
    public DeadLetterOptions {
        requirePositive("retention", retention);
        requirePositive("send lease", sendLease);
        requirePositive("replay-timeout", replayTimeout);
    }

    /**
     * Options with the library's own lease for sending.
     * @param retention how long RESOLVED and DISCARDED letters are kept
     * @param replayTimeout how long the listener has to process a copy
     * @return the options
     */
    public static DeadLetterOptions of(Duration retention, Duration replayTimeout) {
        return new DeadLetterOptions(retention, SEND_LEASE, replayTimeout);
    }

    private static void requirePositive(String what, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new InvalidConfigurationException("reliable-mq.dead-letter." + what + " is " + value + ".",
                    "Set it to a duration above zero, for example 1h.");
        }
    }

}
