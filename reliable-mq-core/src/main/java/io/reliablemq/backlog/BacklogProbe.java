package io.reliablemq.backlog;

/**
 * Knows how far consumer groups are behind. One poll of the brokers serves everyone who
 * asks.
 */
public interface BacklogProbe {

    /**
     * What the last poll saw.
     * @return the snapshot; one without groups before the first poll has ended
     */
    BacklogSnapshot latest();

    /**
     * Asks the brokers now. Concurrent callers share one poll.
     * @return a snapshot that was begun after this call, never {@code null}; groups whose
     * brokers could not be asked are named in {@link BacklogSnapshot#problems()}
     */
    BacklogSnapshot refresh();

}
