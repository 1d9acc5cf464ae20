package io.reliablemq.deadletter.jdbc;

import java.sql.SQLException;
import java.util.Objects;
import java.util.Set;

import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlStatement.Binding;

/**
 * Classifies failures to store a dead letter: the database refuses the letter as it is,
 * or is unavailable. In doubt it is unavailable: trying again later loses nothing.
 */
final class LetterFailures {

    // Cardinality, data, constraint, program limit.
    private static final Set<String> CLASSES = Set.of("21", "22", "23", "54");

    // Column null, packet too large, out of range, charset, incorrect value, too long,
    // row too large, cannot convert.
    private static final Set<Integer> MYSQL_CODES = Set.of(1048, 1153, 1264, 1300, 1301, 1366, 1406, 1118, 3854, 3988);

    // A server may just hang up on a packet that is too large.
    private static final String CONNECTION = "08";

    private static final String PACKET = "max_allowed_packet";

    /**
     * About what a statement needs beside the payload, each byte of which may be escaped.
     */
    private static final long ROOM = 128 * 1024;

    private final JdbcDatabase database;

    LetterFailures(JdbcDatabase database) {
        this.database = database;
    }

    boolean isOfTheLetter(SQLException failure, LetterForm form) {
        boolean mySql = this.database.dialect().isMySqlFamily();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                String state = sql.getSQLState();
                if ((state != null && state.length() >= 2 && CLASSES.contains(state.substring(0, 2)))
                        || (mySql && MYSQL_CODES.contains(sql.getErrorCode()))) {
                    return true;
                }
            }
            if (mySql && String.valueOf(cause.getMessage()).contains(PACKET)) {
                return true;
            }
        }
        return mySql && String.valueOf(failure.getSQLState()).startsWith(CONNECTION) && isTooLarge(form);
    }

    private boolean isTooLarge(LetterForm form) {
        byte[] payload = form.payload();
        try {
            return payload != null && 2L * payload.length + ROOM > this.database
                .inAutoCommit((connection) -> Objects.requireNonNullElse(
                        this.database.sql("SELECT @@" + PACKET).number(connection, Binding.NONE), Long.MAX_VALUE));
        }
        catch (SQLException ex) {
            return false;
        }
    }

}
