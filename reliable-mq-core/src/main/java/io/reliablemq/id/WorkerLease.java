package io.reliablemq.id;

/**
 * The right to draw ids with one worker id. All ids drawn under it have a timestamp
 * greater than {@code previousLimit} and at most the limit persisted last.
 *
 * @param workerId from 0 to 1023
 * @param owner names this very claim; random, never used for another claim
 * @param previousLimit limit that the former owner left, in epoch milliseconds; 0 if
 * there was none
 * @param limit limit persisted by the claim, in epoch milliseconds
 */
public record WorkerLease(int workerId, String owner, long previousLimit, long limit) {

    /**
     * Checks the worker id.
     */
    public WorkerLease {
        WorkerIdAllocator.requireWorkerId(workerId);
    }

}
