package io.reliablemq.deadletter;

/**
 * What a store answers to somebody who wants to replay a letter.
 */
public sealed interface ReplayClaim {

    /**
     * The letter is REPLAYING and the caller's to send.
     *
     * @param details what to send
     */
    record Granted(DeadLetterDetails details) implements ReplayClaim {
    }

    /**
     * Nothing is to be sent.
     *
     * @param status where the letter stands; REPLAYING: somebody else is at it, or the
     * message is being processed
     */
    record Refused(DeadLetterStatus status) implements ReplayClaim {
    }

    /** There is no such letter. */
    record Unknown() implements ReplayClaim {
    }

}
