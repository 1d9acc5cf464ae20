package io.reliablemq.jdbc;

import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransactionRollbackException;
import java.util.Set;

/**
 * Classifies exceptions by the error codes of each database.
 */
final class SqlFailures {

    private static final String DUPLICATE_KEY = "23505";

    // Lock timeout, deadlock, concurrent update, cancelled.
    private static final Set<String> H2_CONFLICTS = Set.of("HYT00", "40001", "90131", "57014");

    // Lock not available, deadlock, serialization failure, cancelled.
    private static final Set<String> POSTGRESQL_CONFLICTS = Set.of("55P03", "40P01", "40001", "57014");

    // Duplicate entry; the same with the name of the key.
    private static final Set<Integer> MYSQL_DUPLICATES = Set.of(1062, 1586);

    // Record has changed since last read (MariaDB's snapshot isolation), lock wait
    // timeout, deadlock, query interrupted, statement time exceeded (MariaDB, MySQL),
    // lock not available at once.
    private static final Set<Integer> MYSQL_CONFLICTS = Set.of(1020, 1205, 1213, 1317, 1969, 3024, 3572);

    private SqlFailures() {
    }

    static SqlFailure h2(SQLException failure) {
        return byState(failure, H2_CONFLICTS);
    }

    static SqlFailure postgresql(SQLException failure) {
        return byState(failure, POSTGRESQL_CONFLICTS);
    }

    // The SQLState is 23000 for every violated constraint, and that of a lock timeout
    // depends on the driver: only the server's code tells.
    static SqlFailure mySql(SQLException failure) {
        if (MYSQL_DUPLICATES.contains(failure.getErrorCode())) {
            return SqlFailure.DUPLICATE_KEY;
        }
        return conflictOrOther(failure, MYSQL_CONFLICTS.contains(failure.getErrorCode()));
    }

    private static SqlFailure byState(SQLException failure, Set<String> conflicts) {
        String state = failure.getSQLState();
        if (DUPLICATE_KEY.equals(state)) {
            return SqlFailure.DUPLICATE_KEY;
        }
        return conflictOrOther(failure, state != null && conflicts.contains(state));
    }

    private static SqlFailure conflictOrOther(SQLException failure, boolean conflict) {
        boolean byType = failure instanceof SQLTimeoutException || failure instanceof SQLTransactionRollbackException;
        return (conflict || byType) ? SqlFailure.LOCK_CONFLICT : SqlFailure.OTHER;
    }

}
