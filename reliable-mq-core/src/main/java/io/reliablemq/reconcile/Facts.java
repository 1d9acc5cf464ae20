package io.reliablemq.reconcile;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * The facts about one message and one group that are known before a broker is asked.
 *
 * @param message the ledger's row
 * @param group the group's subscription to its topic
 * @param recorded what the group has recorded; {@code null} for nothing
 * @param knownSince since when the group's records are complete
 * @param now the time
 * @param grace how long a message is not missed yet
 */
record Facts(SentMessage message, GroupSubscription group, @Nullable ConsumptionState recorded, Instant knownSince,
        Instant now, Duration grace) {

    boolean isTooYoung() {
        return this.now.isBefore(this.message.availableSince().plus(this.grace));
    }

    boolean isTooOld() {
        return this.message.recordedAt().isBefore(this.knownSince);
    }

    Expectation expectation() {
        return this.group.expectation(this.message, this.now);
    }

}
