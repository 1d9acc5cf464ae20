package io.reliablemq.jdbc;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransactionRollbackException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DiscreetSqlException}.
 */
class DiscreetSqlExceptionTests {

    @ParameterizedTest
    @ValueSource(strings = { "ERROR: value too long for type character varying(255)\n  Detail: Failing row (secret).",
            "ERROR: invalid input syntax for type integer: \"secret\"",
            "Value too long for column \"TAG CHARACTER VARYING(255)\": \"'secret' (300)\"; SQL statement:\nINSERT secret",
            "(conn=5) Incorrect string value: '\\xF0secret' for column 'headers' at row 1",
            "(conn=5) You have an error in your SQL syntax; check the manual near 'secret' at line 1",
            "(conn=5) Data too long for column 'tag' at row 1\nQuery is: INSERT secret" })
    void quotesNoValues(String text) {
        SQLException said = new SQLException(text, "22001", 17);
        SQLException batch = new BatchUpdateException("Batch entry 0 INSERT ... ('secret') was aborted", "22001", 17,
                new int[0], said);
        batch.addSuppressed(new SQLException("Could not roll back: 'secret'"));

        for (SQLException failure : new SQLException[] { said, batch }) {
            SQLException discreet = DiscreetSqlException.of(failure);

            assertThat(trace(discreet)).doesNotContain("secret");
            assertThat(discreet.getMessage()).hasSizeGreaterThan(15);
            assertThat(discreet.getSQLState()).isEqualTo("22001");
            assertThat(discreet.getErrorCode()).isEqualTo(17);
            assertThat(discreet.getStackTrace()).isEqualTo(failure.getStackTrace());
        }
    }

    @Test
    void saysWhatItCanOfABatchThatDoesNotSayMore() {
        assertThat(DiscreetSqlException.of(new BatchUpdateException("secret", "23505", 7, new int[0])).getMessage())
            .isEqualTo("BatchUpdateException, SQLState 23505, error code 7");
    }

    @Test
    void keepsWhatTellsAConflict() {
        assertThat(Dialect.MARIADB
            .classify(DiscreetSqlException.of(new BatchUpdateException("x", "HY000", 1020, new int[0]))))
            .isEqualTo(SqlFailure.LOCK_CONFLICT);
        assertThat(Dialect.H2.classify(DiscreetSqlException.of(new SQLTimeoutException("x"))))
            .isEqualTo(SqlFailure.LOCK_CONFLICT);
        assertThat(Dialect.POSTGRESQL.classify(DiscreetSqlException.of(new SQLTransactionRollbackException("x"))))
            .isEqualTo(SqlFailure.LOCK_CONFLICT);
        assertThat(Dialect.POSTGRESQL.classify(DiscreetSqlException.of(new SQLException("x", "23505"))))
            .isEqualTo(SqlFailure.DUPLICATE_KEY);
    }

    @Test
    void namesWhatWentWrongInsideADriverByTypeAndPlace() {
        Throwable inside = new NullPointerException("secret");
        SQLException failure = DiscreetSqlException
            .of(new BatchUpdateException("x", "HY000", 50000, new int[0], new SQLException("General error", inside)));

        assertThat(failure.getCause()).hasMessage("java.lang.NullPointerException");
        assertThat(failure.getCause().getStackTrace()).isEqualTo(inside.getStackTrace());
        assertThat(trace(failure)).doesNotContain("secret");
    }

    @Test
    void leavesTheLibrarysOwnAsTheyAre() {
        SQLException own = new Own();
        assertThat(DiscreetSqlException.of(own) == own).isTrue();
    }

    private static final class Own extends SQLException {

        private static final long serialVersionUID = 1L;

    }

    private static String trace(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

}
