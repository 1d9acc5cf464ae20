package io.reliablemq.jdbc;

import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransactionRollbackException;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.TransactionTimedOutException;
import org.springframework.transaction.UnexpectedRollbackException;

import static org.assertj.core.api.Assertions.assertThat;

class TransactionConflictsTests {

    @ParameterizedTest
    @CsvSource({ "PostgreSQL, 40001, 0", "PostgreSQL, 40P01, 0", "PostgreSQL, 55P03, 0", "H2, 40001, 40001",
            "H2, HYT00, 50200", "H2, 90131, 90131", "MariaDB, 40001, 1213", "MariaDB, HY000, 1205",
            "MariaDB, HY000, 1020", "MySQL, 40001, 1205", "MySQL, HY000, 3572" })
    void recognisesADatabasesConflictBehindWhateverWrapsIt(String database, String state, int code) {
        SQLException conflict = new SQLException(database, state, code);
        BatchUpdateException chained = new BatchUpdateException("a batch", "23000", 1, new int[0]);
        chained.setNextException(conflict);

        assertThat(Stream.of(conflict, chained, new TransactionSystemException("commit", conflict),
                new TransactionSystemException("JPA", new RuntimeException("RollbackException", chained)),
                new IllegalStateException("the listener's own", new RuntimeException(conflict))))
            .allMatch(TransactionConflicts::isConflict);
    }

    @Test
    void recognisesSpringsOwn() {
        assertThat(TransactionConflicts
            .isConflict(new UnexpectedRollbackException("x", new CannotAcquireLockException("lock")))).isTrue();
    }

    static Stream<Throwable> leavesTheRestToTheListener() {
        return Stream.of(new IllegalStateException("no"), new DuplicateKeyException("duplicate"),
                new OptimisticLockingFailureException("old version"), new TransactionTimedOutException("too long"),
                new SQLException("duplicate", "23505", 0), new SQLException("duplicate", "23000", 1062),
                new SQLException("cancelled", "57014", 0), new SQLTimeoutException("slow", "HY000", 3024),
                new SQLException("another database's 1205", "72000", 1205),
                new SQLTransactionRollbackException("constraint at commit", "40002"));
    }

    @ParameterizedTest
    @MethodSource
    void leavesTheRestToTheListener(Throwable failure) {
        assertThat(TransactionConflicts.isConflict(failure)).isFalse();
        assertThat(TransactionConflicts.isConflict(new RuntimeException(failure))).isFalse();
    }

    @Test
    void endsWhereCausesGoInACircle() {
        SQLException one = new SQLException("one");
        RuntimeException two = new RuntimeException(one);
        one.initCause(two);

        assertThat(TransactionConflicts.isConflict(two)).isFalse();
    }

}
