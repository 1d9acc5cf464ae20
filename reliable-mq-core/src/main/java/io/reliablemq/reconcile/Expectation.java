package io.reliablemq.reconcile;

/**
 * Whether a group should have a message, as far as its registration tells.
 */
enum Expectation {

    /** It should have it, with a record of it. */
    EXPECTED,

    /**
     * It may have got it without a guard, or not at all: that there is no record says
     * nothing.
     */
    DOUBTFUL,

    /** Nobody was registered when it was sent, nor later. */
    UNREGISTERED,

    /** It does not subscribe to it, or did not yet. */
    NOT_EXPECTED;

    /** The one that asks for more. */
    Expectation or(Expectation other) {
        return (compareTo(other) <= 0) ? this : other;
    }

}
