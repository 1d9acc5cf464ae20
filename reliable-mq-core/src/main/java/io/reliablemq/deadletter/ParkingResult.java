package io.reliablemq.deadletter;

/**
 * What became of a message that was to be parked.
 */
public enum ParkingResult {

    /** The letter is stored, and later copies of the message are skipped. */
    PARKED,

    /**
     * Nothing was stored: another copy of the message has had its effect, or was
     * discarded.
     */
    ALREADY_DONE,

    /** Nothing was stored: another copy of the message is being processed. */
    IN_PROGRESS

}
