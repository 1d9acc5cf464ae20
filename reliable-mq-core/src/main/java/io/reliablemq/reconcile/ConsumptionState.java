package io.reliablemq.reconcile;

/**
 * What a consumer group has recorded about a message, the strongest first: where several
 * records speak of one message the first of them counts.
 */
public enum ConsumptionState {

    /** The effect has happened, or the message was skipped as a duplicate. */
    DONE,

    /** Dropped on purpose. */
    DROPPED,

    /** Discarded by a person. */
    DISCARDED,

    /** Parked as a dead letter. */
    PARKED,

    /** Failed or postponed, and coming again. */
    IN_RETRY,

    /** Claimed by a live lease. */
    CLAIMED,

    /**
     * Claimed once by a lease that has run out, neither completed nor released: its
     * effect may have happened.
     */
    UNCERTAIN;

    /**
     * Whether no other record can say more.
     * @return {@code true} unless the message is still on its way
     */
    public boolean isFinal() {
        return this != IN_RETRY && this != CLAIMED && this != UNCERTAIN;
    }

    /**
     * The one that counts.
     * @param other another record's
     * @return the stronger of the two
     */
    public ConsumptionState or(ConsumptionState other) {
        return (compareTo(other) <= 0) ? this : other;
    }

}
