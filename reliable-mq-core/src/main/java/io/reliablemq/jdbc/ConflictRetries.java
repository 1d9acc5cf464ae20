package io.reliablemq.jdbc;

import java.sql.SQLException;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * Repeats work that another transaction was in the way of, a bounded number of times and
 * without a pause: the database has let this one wait, or has ended it. The work rolls
 * back what it did before it throws; nothing is known of other failures, which are not
 * repeated.
 *
 * @param rounds how often the work is done at most
 * @param patience for how long another round begins
 * @param conflict whether a failure is a conflict
 */
public record ConflictRetries(int rounds, Duration patience, Predicate<SQLException> conflict) {

    /**
     * Repeats work that fails with a {@link SqlFailure#LOCK_CONFLICT}.
     * @param rounds how often the work is done at most
     * @param dialect the database
     * @return the retries
     */
    public static ConflictRetries ofLocks(int rounds, Dialect dialect) {
        return new ConflictRetries(rounds, Duration.ofDays(1),
                (failure) -> dialect.classify(failure) == SqlFailure.LOCK_CONFLICT);
    }

    /**
     * Does the work until it succeeds.
     * @param <T> the result
     * @param work the work, each time in a transaction of its own
     * @return its result
     * @throws SQLException the last conflict, or the first other failure
     */
    public <T> T call(SqlCall<T> work) throws SQLException {
        long began = System.nanoTime();
        for (int round = 1;; round++) {
            try {
                return work.get();
            }
            catch (SQLException ex) {
                if (round >= this.rounds || System.nanoTime() - began >= this.patience.toNanos()
                        || !this.conflict.test(ex)) {
                    throw ex;
                }
            }
        }
    }

}
