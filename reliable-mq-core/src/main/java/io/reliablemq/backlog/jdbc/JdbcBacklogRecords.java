package io.reliablemq.backlog.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

import io.reliablemq.ReliableMQException;
import io.reliablemq.backlog.BacklogRecords;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.Table;

/**
 * Counts failed attempts whose next delivery is not due by the database's clock, and
 * parked letters: two counts per group, each over a range of an index, each given up
 * after a few seconds.
 */
public final class JdbcBacklogRecords implements BacklogRecords {

    private static final int TIMEOUT_SECONDS = 3;

    private final JdbcDatabase database;

    private final String waiting;

    private final String parked;

    /**
     * Creates the records; connects when they are first used.
     * @param database the database with the tables
     */
    public JdbcBacklogRecords(JdbcDatabase database) {
        this.database = database;
        this.waiting = "SELECT COUNT(*) FROM " + database.name(Table.ATTEMPT) + " WHERE "
                + database.dialect().rangeKey("consumer_group") + " = ? AND next_due > "
                + database.dialect().statementTime();
        this.parked = "SELECT COUNT(*) FROM " + database.name(Table.DEAD_LETTER)
                + " WHERE consumer_group = ? AND status = 'PARKED'";
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

    private long count(Connection connection, String sql, String group) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setQueryTimeout(TIMEOUT_SECONDS);
            this.database.dialect().setKey(statement, 1, group);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

}
