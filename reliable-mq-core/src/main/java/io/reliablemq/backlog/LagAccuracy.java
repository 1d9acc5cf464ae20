package io.reliablemq.backlog;

/**
 * How well the number of waiting messages is known.
 */
public enum LagAccuracy {

    /** Every message of the topic is for the group, or its tags were counted. */
    EXACT,

    /** Tags of the oldest messages were counted, and the rest taken to be like them. */
    ESTIMATED,

    /** Some of the messages may not be for the group. */
    UPPER_BOUND;

    /**
     * The worse of two.
     * @param other another one
     * @return that which promises less
     */
    public LagAccuracy worse(LagAccuracy other) {
        return (compareTo(other) >= 0) ? this : other;
    }

}
