package io.reliablemq.id;

import java.time.Duration;

/**
 * Options of the lease of a worker id.
 *
 * @param length how far the persisted limit is kept ahead of the clock: an outage of the
 * store shorter than nine tenths of it is not noticed, and a crashed instance's worker id
 * is free after it
 * @param patience how long a caller waits for an extension once the limit is reached
 */
public record WorkerLeaseOptions(Duration length, Duration patience) {

    /**
     * Checks the durations.
     */
    public WorkerLeaseOptions {
        if (length.toMillis() < 10) {
            throw new IllegalArgumentException("A lease of " + length + " is too short: use seconds or minutes.");
        }
        if (patience.isNegative()) {
            throw new IllegalArgumentException("The patience must not be negative but is " + patience + ".");
        }
    }

    /**
     * Five minutes ahead, three seconds of patience.
     * @return the options
     */
    public static WorkerLeaseOptions defaults() {
        return new WorkerLeaseOptions(Duration.ofMinutes(5), Duration.ofSeconds(3));
    }

    /**
     * Changes the length.
     * @param length see {@link #length()}
     * @return a copy
     */
    public WorkerLeaseOptions withLength(Duration length) {
        return new WorkerLeaseOptions(length, this.patience);
    }

    /**
     * Changes the patience.
     * @param patience see {@link #patience()}
     * @return a copy
     */
    public WorkerLeaseOptions withPatience(Duration patience) {
        return new WorkerLeaseOptions(this.length, patience);
    }

}
