package io.reliablemq.reconcile;

import java.util.Locale;

/**
 * The verdict on one message in one consumer group. The order is that of the decision
 * table, except for {@link #UNKNOWN}, which stands for every question without an answer.
 */
public enum Verdict {

    /** Its effect is recorded, or it was skipped as the duplicate of another one. */
    OK(true, false),

    /** Dropped on purpose, and recorded. */
    DROPPED(true, false),

    /** Discarded by a person: as a dead letter, or in the outbox before it was sent. */
    DISCARDED(true, false),

    /** Parked for a person to look at. */
    IN_DEAD_LETTER(true, false),

    /** Failed or postponed, to be delivered again. */
    IN_RETRY(false, false),

    /** In work, or too young to be missed. */
    PENDING(false, false),

    /** Not sent yet. */
    NOT_SENT(false, false),

    /** The group does not subscribe to it, or did not yet when it was sent. */
    NOT_EXPECTED(true, false),

    /** The broker has deleted it because of its age, and the group has no record. */
    EXPIRED(false, true),

    /** It was acknowledged, but no broker has it. */
    SENT_LOST(false, true),

    /** The broker has it, and the group has not come to it yet: a backlog. */
    STORED_UNCONSUMED(false, false),

    /** The group has acknowledged it and has no record of an effect. */
    ACKED_NO_EFFECT(false, true),

    /**
     * It was claimed by a lease that has run out, and has not come again: its effect may
     * have happened without a record of it, and a person has to look.
     */
    UNCERTAIN(false, false),

    /** A source or a broker did not answer, or the records may be gone already. */
    UNKNOWN(false, false);

    private final boolean proven;

    private final boolean lost;

    Verdict(boolean proven, boolean lost) {
        this.proven = proven;
        this.lost = lost;
    }

    /**
     * Whether the message is accounted for, so that what is proven may go beyond it.
     * @return {@code true} if nothing can be lost about it any more
     */
    public boolean isProven() {
        return this.proven;
    }

    /**
     * Whether the message is lost for the group, and a compensation sends it again.
     * @return {@code true} for {@link #EXPIRED}, {@link #SENT_LOST} and
     * {@link #ACKED_NO_EFFECT}
     */
    public boolean isLost() {
        return this.lost;
    }

    /**
     * Its name in meters.
     * @return lower case, with hyphens
     */
    public String tag() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

}
