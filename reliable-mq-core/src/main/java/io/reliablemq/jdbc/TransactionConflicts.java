package io.reliablemq.jdbc;

import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;

import org.springframework.dao.PessimisticLockingFailureException;

/**
 * Recognises conflicts between transactions: deadlock, serialization failure, lock
 * timeout, a row changed since it was read. Nothing is wrong with the work that was done
 * in it, and the same may succeed the next time. It does not matter who reports it: a
 * statement, the commit, Spring's or JPA's exceptions around it.
 * <p>
 * A statement or transaction that took too long is none, nor is an optimistic lock: that
 * may fail for ever.
 */
public final class TransactionConflicts {

    // Serialization failure or deadlock, deadlock (PostgreSQL), lock not available
    // (PostgreSQL), concurrent update (H2).
    private static final Set<String> STATES = Set.of("40001", "40P01", "55P03", "90131");

    // Of MariaDB and MySQL, whose SQLState does not tell: record has changed since last
    // read, lock wait timeout, deadlock, lock not available at once.
    private static final Set<Integer> MYSQL_CODES = Set.of(1020, 1205, 1213, 3572);

    private static final int H2_LOCK_TIMEOUT = 50200;

    private static final String INTEGRITY_AT_COMMIT = "40002";

    private static final int MOST = 100;

    private TransactionConflicts() {
    }

    /**
     * Looks at a failure, at its causes and at those that a driver has chained.
     * @param failure what a transaction, or work in it, has thrown
     * @return {@code true} if one of them is a conflict with another transaction
     */
    public static boolean isConflict(Throwable failure) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Throwable> open = new ArrayDeque<>();
        open.add(failure);
        while (!open.isEmpty() && seen.size() < MOST) {
            Throwable current = open.remove();
            if (!seen.add(current)) {
                continue;
            }
            if (current instanceof PessimisticLockingFailureException
                    || (current instanceof SQLException sql && isConflict(sql))) {
                return true;
            }
            if (current.getCause() != null) {
                open.add(current.getCause());
            }
            if (current instanceof SQLException sql && sql.getNextException() != null) {
                open.add(sql.getNextException());
            }
        }
        return false;
    }

    private static boolean isConflict(SQLException failure) {
        String state = failure.getSQLState();
        if (state == null) {
            return failure instanceof SQLTransactionRollbackException;
        }
        return STATES.contains(state) || ("HYT00".equals(state) && failure.getErrorCode() == H2_LOCK_TIMEOUT)
                || (state.startsWith("HY") && MYSQL_CODES.contains(failure.getErrorCode()))
                || (failure instanceof SQLTransactionRollbackException && !INTEGRITY_AT_COMMIT.equals(state));
    }

}
