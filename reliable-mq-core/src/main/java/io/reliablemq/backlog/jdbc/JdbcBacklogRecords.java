package io.reliablemq.backlog.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

import io.reliablemq.ReliableMQException;
import io.reliablemq.backlog.BacklogRecords;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlStatement;
import io.reliablemq.jdbc.Table;

/**
 * Counts failed attempts whose next delivery is not due by the database's clock, and
 * parked letters: two counts per group, each over a range of an index, each given up
 * after a few seconds.
 */
public final class JdbcBacklogRecords implements BacklogRecords {

    private static final int TIMEOUT_SECONDS = 3;

    private final JdbcDatabase database;

    private final SqlStatement waiting;

    private final SqlStatement parked;

    /**
     * Creates the records; connects when they are first used.
     * @param database the database with the tables
     */
    public JdbcBacklogRecords(JdbcDatabase database) {
        this.database = database;
        this.waiting = database
            .sql("SELECT COUNT(*) FROM " + database.name(Table.ATTEMPT) + " WHERE "
                    + database.dialect().rangeKey("consumer_group") + " = ? AND next_due > "
                    + database.dialect().statementTime())
            .timeout(TIMEOUT_SECONDS);
        this.parked = database
            .sql("SELECT COUNT(*) FROM " + database.name(Table.DEAD_LETTER)
                    + " WHERE consumer_group = ? AND status = 'PARKED'")
            .timeout(TIMEOUT_SECONDS);
    }

    @Override
    public Map<String, Counts> count(Collection<String> groups) {
        try {
            return this.database.inAutoCommit((connection) -> {
                Map<String, Counts> counts = new HashMap<>();
                for (String group : groups) {
                    counts.put(group,
                            new Counts(count(connection, this.waiting, group), count(connection, this.parked, group)));
                }
                return counts;
            });
        }
        catch (SQLException ex) {
            throw new ReliableMQException("the database could not count: " + ex.getMessage(), ex);
        }
    }

    private static long count(Connection connection, SqlStatement count, String group) throws SQLException {
        return Objects.requireNonNull(count.number(connection, (parameters) -> parameters.key(group)));
    }

}
