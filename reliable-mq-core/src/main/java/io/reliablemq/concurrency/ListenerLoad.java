package io.reliablemq.concurrency;

/**
 * What a listener of this instance has done since it started. Rates come from the
 * difference of two readings.
 *
 * @param completed deliveries that ended, well or not
 * @param failed those of them whose listener threw
 * @param busyNanos time that listeners spent in all deliveries together, nanoseconds
 * @param running deliveries under way
 */
public record ListenerLoad(long completed, long failed, long busyNanos, int running) {
}
