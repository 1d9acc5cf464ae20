package io.reliablemq.outbox;

import java.time.Duration;

/**
 * The state of the outbox.
 *
 * @param pending messages to be sent
 * @param parked messages that can never be sent as they are
 * @param discarded parked messages that were given up
 * @param oldestPending age of the oldest message to be sent, zero if there is none
 */
public record OutboxStatistics(long pending, long parked, long discarded, Duration oldestPending) {
}
