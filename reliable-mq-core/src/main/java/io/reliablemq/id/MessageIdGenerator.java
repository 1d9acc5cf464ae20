package io.reliablemq.id;

/**
 * Draws the ids of messages. Ids are positive, never given out twice, and those of one
 * generator are strictly increasing. Safe for use by many threads.
 */
public interface MessageIdGenerator {

    /**
     * Draws one id.
     * @return an id greater than all that this generator gave out before
     * @throws ClockMovedBackwardsException if the clock was set back too far to wait
     * @throws WorkerIdUnavailableException if the right to draw ids has run out
     */
    long nextId();

    /**
     * Draws several ids in one go.
     * @param count how many, at least 0
     * @return that many ids, increasing
     * @throws ClockMovedBackwardsException if the clock was set back too far to wait
     * @throws WorkerIdUnavailableException if the right to draw ids has run out
     */
    long[] nextIds(int count);

}
