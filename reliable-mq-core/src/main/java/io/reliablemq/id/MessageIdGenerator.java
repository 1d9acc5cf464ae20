package io.reliablemq.id;

import org.jspecify.annotations.Nullable;

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

    /**
     * The space in which no id is drawn twice, see {@link IdSpace}. Messages carry it, so
     * that those of another space with the same id are other messages.
     * @return its name, always the same; {@code null} if there is none: then no other
     * sender to the same consumers may draw the same ids
     */
    default @Nullable String space() {
        return null;
    }

}
