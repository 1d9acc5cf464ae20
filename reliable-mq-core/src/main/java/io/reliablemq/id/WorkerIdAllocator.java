package io.reliablemq.id;

import org.jspecify.annotations.Nullable;

/**
 * Keeps, for each worker id, who owns it and up to which timestamp that owner may draw
 * ids. Two rules make ids unique whatever the clocks of the instances say: an owner draws
 * no id above the limit it has persisted, and a new owner draws none at or below the
 * limit it has found. So a limit must never be lowered by anyone but {@link #release},
 * and never forgotten.
 * <p>
 * Every method is atomic, uses a connection of its own (never the caller's transaction)
 * and throws {@link WorkerIdUnavailableException} when the store cannot answer; then it
 * is unknown whether the call had an effect. All times are epoch milliseconds.
 */
public interface WorkerIdAllocator {

    /** How many worker ids there are. */
    int WORKERS = 1024;

    /**
     * Takes a worker id that nobody owns or whose limit lies before the claimant's now.
     * Whether the former owner still lives is not asked: it finds out when it extends its
     * lease. A claim whose answer was lost leaves a worker id taken until its limit has
     * passed.
     * @param now the claimant's time; the limit found is always less
     * @param limit the limit to persist, greater than {@code now}
     * @return the lease
     * @throws WorkerIdUnavailableException if all are taken or the store cannot answer
     */
    WorkerLease claim(long now, long limit);

    /**
     * Raises the persisted limit if the claim still owns the worker id (a compare-and-set
     * on worker id and owner). Never lowers it: calls that arrive late or twice do no
     * harm.
     * @param lease the claim
     * @param limit the new limit
     * @return {@code true} if the persisted limit is at least {@code limit} now;
     * {@code false} if another claim owns the worker id, or nothing is known of it
     * @throws WorkerIdUnavailableException if the store cannot answer
     */
    boolean extend(WorkerLease lease, long limit);

    /**
     * Gives the worker id back and leaves the greatest timestamp drawn as the limit, so
     * that the next owner starts above it. Does nothing if another claim owns it.
     * @param lease the claim; no id may be drawn under it any more
     * @param lastTimestamp greatest timestamp drawn under it, at least its
     * {@link WorkerLease#previousLimit()}
     * @throws WorkerIdUnavailableException if the store cannot answer; the worker id then
     * becomes free when its limit has passed
     */
    void release(WorkerLease lease, long lastTimestamp);

    /**
     * The name of the id space of those who lease from this store. The first who asks
     * makes it, all others get the same one, also when they ask at the same time. It is
     * kept with the leases and forgotten only with them: whoever starts without the
     * limits of the past must not use its space.
     * @return the name, see {@link IdSpace}; {@code null} if the store keeps none:
     * messages then carry none unless one is configured
     * @throws WorkerIdUnavailableException if the store cannot answer
     */
    default @Nullable String space() {
        return null;
    }

    /**
     * Checks a worker id.
     * @param workerId the number
     * @return the same number
     * @throws IllegalArgumentException if it is not one of the 1024
     */
    static int requireWorkerId(int workerId) {
        if (workerId < 0 || workerId >= WORKERS) {
            throw new IllegalArgumentException(
                    "Worker id " + workerId + " is out of range: use a number from 0 to " + (WORKERS - 1) + ".");
        }
        return workerId;
    }

}
