package io.reliablemq.rocketmq.durability;

import java.time.Duration;

import io.reliablemq.InvalidConfigurationException;
import org.jspecify.annotations.Nullable;

/**
 * What an application expects of the brokers that hold its messages.
 *
 * @param flush the least that an acknowledgement says about the broker's disk,
 * {@code null} for anything
 * @param inSyncReplicas copies that exist when a message is acknowledged, the master's
 * included; {@code null} for anything but a broker that contradicts itself
 * @param attemptTimeout how long the client waits for an answer
 * @param replayAllowance how long after its last retry a message may be replayed
 * @param allowShortRetention whether idempotency records may be forgotten before the last
 * copy can arrive
 */
public record DurabilityExpectations(@Nullable FlushMode flush, @Nullable Integer inSyncReplicas,
        Duration attemptTimeout, Duration replayAllowance, boolean allowShortRetention) {

    /**
     * Checks the values.
     * @throws InvalidConfigurationException naming the value to correct
     */
    public DurabilityExpectations {
        if (inSyncReplicas != null && inSyncReplicas < 1) {
            throw new InvalidConfigurationException(
                    "reliable-mq.durability.in-sync-replicas is " + inSyncReplicas + ".",
                    "Set it to the number of copies that you need, the master's included: 1 or more.");
        }
    }

    /**
     * Expects only what always holds.
     * @return a client that waits for 6 s, a replay allowance of 3 days
     */
    public static DurabilityExpectations defaults() {
        return new DurabilityExpectations(null, null, Duration.ofSeconds(6), Duration.ofDays(3), false);
    }

    /**
     * Changes what is expected of the disk.
     * @param flush the least, {@code null} for anything
     * @return changed expectations
     */
    public DurabilityExpectations withFlush(@Nullable FlushMode flush) {
        return new DurabilityExpectations(flush, this.inSyncReplicas, this.attemptTimeout, this.replayAllowance,
                this.allowShortRetention);
    }

    /**
     * Changes the number of copies.
     * @param inSyncReplicas how many, the master's included; {@code null} for anything
     * @return changed expectations
     */
    public DurabilityExpectations withInSyncReplicas(@Nullable Integer inSyncReplicas) {
        return new DurabilityExpectations(this.flush, inSyncReplicas, this.attemptTimeout, this.replayAllowance,
                this.allowShortRetention);
    }

    /**
     * Changes how long the client waits.
     * @param attemptTimeout the timeout of one attempt
     * @return changed expectations
     */
    public DurabilityExpectations withAttemptTimeout(Duration attemptTimeout) {
        return new DurabilityExpectations(this.flush, this.inSyncReplicas, attemptTimeout, this.replayAllowance,
                this.allowShortRetention);
    }

}
