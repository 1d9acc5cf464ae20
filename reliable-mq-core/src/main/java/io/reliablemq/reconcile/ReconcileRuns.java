package io.reliablemq.reconcile;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * The store of runs, one row per run, group and shard. Each method throws
 * {@link io.reliablemq.ReliableMQException} if that is not possible.
 */
public interface ReconcileRuns {

    /**
     * Notes that a run begins.
     * @param run the run, without results
     * @param group consumer group
     */
    void begin(ReconcileReport run, String group);

    /**
     * Notes that a run begins.
     * @param run the run, without results
     * @param none names group and cluster
     */
    default void begin(ReconcileReport run, GroupReport none) {
        begin(run, none.group());
    }

    /**
     * Notes how far a run is; a run that says nothing for long counts as broken off.
     * @param run the run
     * @param soFar what it found so far
     */
    void progress(ReconcileReport run, GroupReport soFar);

    /**
     * Notes the result.
     * @param run the run
     * @param result what it found
     */
    void end(ReconcileReport run, GroupReport result);

    /**
     * Notes that the ledger lacks messages of a time: no window with it is proven beyond
     * its beginning.
     * @param from beginning of the gap
     * @param to end of the gap
     * @param reason what happened
     */
    void recordGap(Instant from, Instant to, String reason);

    /**
     * The first gap of the ledger in a window.
     * @param window the window
     * @return beginning of the gap, not before the window's; empty if there is none
     */
    Optional<Instant> firstGap(Window window);

    /**
     * The last runs.
     * @param limit most rows to read
     * @return the youngest first
     */
    List<RecordedRun> latest(int limit);

    /**
     * Deletes runs that ended long ago, and gaps that no window can be compared of any
     * more.
     * @param retention how long they are kept at least
     * @return how many rows were deleted
     */
    int purge(Duration retention);

    /**
     * A row.
     *
     * @param status RUNNING, FINISHED, FAILED, BROKEN_OFF or GAP
     * @param run the run
     * @param result what it found for one group; without examples
     */
    record RecordedRun(String status, ReconcileReport run, GroupReport result) {

        /**
         * Why it failed.
         * @return the reason; {@code null} if it did not
         */
        public @Nullable String failure() {
            return this.result.failure();
        }

    }

}
