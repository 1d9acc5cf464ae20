package io.reliablemq.concurrency;

import java.time.Instant;

/**
 * What adaptive concurrency did with a listener, and why.
 *
 * @param at when, by the node's clock
 * @param group consumer group
 * @param topic topic
 * @param from threads before
 * @param to threads after
 * @param kind what it was
 * @param reason the figures behind it
 */
public record AdaptiveDecision(Instant at, String group, String topic, int from, int to, Kind kind, String reason) {

    /** What was done. */
    public enum Kind {

        /** More threads are tried. */
        TRY_MORE,

        /** More threads brought more; they stay. */
        GROW,

        /** More threads brought too little; they are taken back. */
        BACK_OFF,

        /** Fewer threads are tried. */
        TRY_FEWER,

        /** Fewer threads do as much; they stay. */
        SHRINK,

        /** Fewer threads do less; they are given back. */
        RESTORE,

        /** More deliveries fail than usual. */
        ERRORS,

        /** The processors are busy; no threads are added. */
        CPU,

        /** Nothing waits, so that nothing can be learned. */
        IDLE,

        /** Somebody else changed the number of threads. */
        OVERRIDDEN

    }

}
