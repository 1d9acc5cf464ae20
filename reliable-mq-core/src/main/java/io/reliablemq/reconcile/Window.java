package io.reliablemq.reconcile;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;

/**
 * A time window of comparison: the messages that entered the ledger in it are compared.
 * The time of a message is that of its ledger row (stored in the outbox, or sent
 * directly), not the one in its id, because an application may choose ids without a time.
 *
 * @param from first moment that belongs to the window, to the millisecond
 * @param to first moment that does not belong to it any more
 */
public record Window(Instant from, Instant to) {

    /**
     * Checks the order and drops what is finer than a millisecond.
     * @throws IllegalArgumentException if the window is empty
     */
    public Window {
        from = from.truncatedTo(ChronoUnit.MILLIS);
        to = to.truncatedTo(ChronoUnit.MILLIS);
        if (!from.isBefore(to)) {
            throw new IllegalArgumentException("The window from " + from + " to " + to
                    + " is empty: give an end that is at least a millisecond after its beginning.");
        }
    }

    /**
     * The window before a time.
     * @param to its end
     * @param length how long it is
     * @return the window
     */
    public static Window before(Instant to, Duration length) {
        return new Window(to.minus(length), to);
    }

    /**
     * The day before a time.
     * @param now the time
     * @param zone where days begin at midnight
     * @return yesterday
     */
    public static Window dayBefore(Instant now, ZoneId zone) {
        LocalDate today = now.atZone(zone).toLocalDate();
        return new Window(today.minusDays(1).atStartOfDay(zone).toInstant(), today.atStartOfDay(zone).toInstant());
    }

    /**
     * One of several equal parts, one after the other.
     * @param shard which one, from 0
     * @param shards how many there are
     * @return the part; the last one takes what cannot be divided
     * @throws IllegalArgumentException if there is no such part
     */
    public Window slice(int shard, int shards) {
        if (shard < 0 || shard >= shards) {
            throw new IllegalArgumentException("There is no shard " + shard + " of " + shards + ".");
        }
        long begin = this.from.toEpochMilli();
        long length = this.to.toEpochMilli() - begin;
        if (length < shards) {
            throw new IllegalArgumentException("The window " + this + " is too short for " + shards + " shards.");
        }
        return new Window(Instant.ofEpochMilli(begin + length * shard / shards),
                Instant.ofEpochMilli(begin + length * (shard + 1) / shards));
    }

}
