package io.reliablemq.id;

import io.reliablemq.ReliableMQException;

/**
 * The clock was set back further than the generator waits (or stands still). An id drawn
 * now could equal an earlier one, so none is drawn until the clock has caught up.
 */
public class ClockMovedBackwardsException extends ReliableMQException {

    private static final long serialVersionUID = 1L;

    private final long behindMillis;

    ClockMovedBackwardsException(long behindMillis, long boundMillis) {
        super("The clock is " + behindMillis + " ms behind the last message id, more than the " + boundMillis
                + " ms (reliable-mq.id.clock-backward-wait) that are waited out, or it stands still."
                + " Let the time service slew the clock instead of stepping it. Ids are drawn again once the clock"
                + " has caught up; with a leased worker id a restart helps at once.");
        this.behindMillis = behindMillis;
    }

    /**
     * How far the clock is behind the last id.
     * @return milliseconds
     */
    public long getBehindMillis() {
        return this.behindMillis;
    }

}
