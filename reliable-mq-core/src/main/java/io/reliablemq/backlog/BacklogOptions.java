package io.reliablemq.backlog;

import java.time.Duration;

/**
 * When the brokers are asked, and what is called slow or stalled.
 *
 * @param poll time between the end of a poll and the next one
 * @param slowAfter age of the oldest waiting message from which a group is slow
 * @param stalledAfter how long an offset stands still, while messages wait, before its
 * queue is called stalled; longer than two commits of offsets (5 s each by default)
 */
public record BacklogOptions(Duration poll, Duration slowAfter, Duration stalledAfter) {

    /**
     * Every 15 s; slow after 30 s, stalled after a minute.
     * @return the options
     */
    public static BacklogOptions defaults() {
        return new BacklogOptions(Duration.ofSeconds(15), Duration.ofSeconds(30), Duration.ofMinutes(1));
    }

    /**
     * How old a snapshot may get before it says nothing any more.
     * @return the time of three polls and what they may take
     */
    public Duration freshness() {
        return this.poll.multipliedBy(3).plusSeconds(15);
    }

}
