package io.reliablemq.jdbc;

import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransactionRollbackException;
import java.util.Objects;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Converts a driver's exception into one that quotes no values, because it is logged or
 * becomes the cause of what an application logs. PostgreSQL's driver writes the whole
 * statement with its payload and headers into the text of a {@link BatchUpdateException},
 * servers add the row that they refuse, H2 the value. SQLState and error code are kept,
 * and so is the kind of the exception as far as it tells what to do.
 */
public final class DiscreetSqlException {

    /** Behind a colon, or where a statement is wrong, stands what was written. */
    private static final Pattern QUOTED = Pattern.compile("(: |\\bnear )[\"'(].*");

    private static final String OWN = "io.reliablemq.";

    private static final int DEEPEST = 10;

    private DiscreetSqlException() {
    }

    /**
     * Leaves the values out.
     * @param failure what a statement failed with
     * @return an exception with the same stack trace; of the causes only the type and the
     * place of one that is no {@link SQLException}. The same one if it is the library's
     * own, which quotes nothing and is known by its type
     */
    public static SQLException of(SQLException failure) {
        if (failure.getClass().getName().startsWith(OWN)) {
            return failure;
        }
        String text = text(failure);
        String state = failure.getSQLState();
        int code = failure.getErrorCode();
        SQLException discreet;
        if (failure instanceof SQLTimeoutException) {
            discreet = new SQLTimeoutException(text, state, code);
        }
        else if (failure instanceof SQLTransactionRollbackException) {
            discreet = new SQLTransactionRollbackException(text, state, code);
        }
        else if (failure instanceof SQLIntegrityConstraintViolationException) {
            discreet = new SQLIntegrityConstraintViolationException(text, state, code);
        }
        else {
            discreet = new SQLException(text, state, code);
        }
        discreet.setStackTrace(failure.getStackTrace());
        Throwable inside = inside(failure);
        if (inside != null) {
            discreet.initCause(inside);
        }
        for (Throwable each : failure.getSuppressed()) {
            discreet.addSuppressed((each instanceof SQLException sql) ? of(sql) : each);
        }
        return discreet;
    }

    /**
     * What went wrong in the driver or an embedded database itself, by type and place:
     * its text may quote values.
     */
    private static @Nullable Throwable inside(SQLException failure) {
        Throwable cause = failure;
        for (int depth = 0; depth < DEEPEST && cause != null; depth++) {
            if (!(cause instanceof SQLException)) {
                Throwable named = new Exception(cause.getClass().getName());
                named.setStackTrace(cause.getStackTrace());
                return named;
            }
            SQLException next = ((SQLException) cause).getNextException();
            cause = (cause.getCause() != null) ? cause.getCause() : next;
        }
        return null;
    }

    private static String text(SQLException failure) {
        SQLException said = (failure instanceof BatchUpdateException) ? inner(failure) : failure;
        if (said == null) {
            return failure.getClass().getSimpleName() + ", SQLState " + failure.getSQLState() + ", error code "
                    + failure.getErrorCode();
        }
        String firstLine = Objects.requireNonNullElse(said.getMessage(), said.getClass().getSimpleName())
            .split("\\R", 2)[0];
        return QUOTED.matcher(firstLine).replaceAll("$1…");
    }

    /** What one of the statements failed with. */
    private static @Nullable SQLException inner(SQLException batch) {
        SQLException inner = (batch.getNextException() != null) ? batch.getNextException()
                : (batch.getCause() instanceof SQLException cause) ? cause : null;
        return (inner instanceof BatchUpdateException) ? null : inner;
    }

}
