package io.reliablemq.trace.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import io.reliablemq.ReliableMQException;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.Table;
import io.reliablemq.trace.GroupTrail;
import io.reliablemq.trace.Sending;
import io.reliablemq.trace.TrailRecords;

/**
 * Reads the library's tables. Every query has an index; payloads are not read.
 */
public final class JdbcTrailRecords implements TrailRecords {

    private final JdbcDatabase database;

    /**
     * Creates the reader.
     * @param database where the tables are
     */
    public JdbcTrailRecords(JdbcDatabase database) {
        this.database = database;
    }

    @Override
    public List<Sending> sent(Collection<Long> messageIds) {
        if (messageIds.isEmpty()) {
            return List.of();
        }
        try {
            return this.database.inAutoCommit((connection) -> {
                List<Sending> found = new ArrayList<>();
                read(connection,
                        "SELECT " + SendingRows.OUTBOX + " FROM " + this.database.name(Table.OUTBOX)
                                + " WHERE message_id IN (" + marks(messageIds) + ") ORDER BY created_at",
                        messageIds, (row) -> found.add(SendingRows.ofOutbox(row)));
                read(connection,
                        "SELECT " + SendingRows.LEDGER + " FROM " + this.database.name(Table.LEDGER)
                                + " WHERE message_id IN (" + marks(messageIds) + ") ORDER BY sent_at",
                        messageIds, (row) -> found.add(SendingRows.ofLedger(row)));
                return found;
            });
        }
        catch (SQLException ex) {
            throw failed(ex);
        }
    }

    @Override
    public List<GroupTrail> groups(Collection<String> groups, Collection<Long> messageIds,
            Collection<String> identities) {
        try {
            return this.database.inAutoCommit((connection) -> {
                Set<String> all = new TreeSet<>(groups);
                read(connection, "SELECT DISTINCT consumer_group FROM " + this.database.name(Table.GROUP), List.of(),
                        (row) -> all.add(row.getString(1)));
                GroupRows rows = new GroupRows();
                for (String group : all) {
                    read(connection, group, Table.INBOX, GroupRows.INBOX, messageIds, identities, rows::addRecord);
                    read(connection, group, Table.ATTEMPT, GroupRows.ATTEMPT, messageIds, identities,
                            rows::addAttempts);
                    read(connection, group, Table.DEAD_LETTER, GroupRows.DEAD_LETTER, messageIds, identities,
                            rows::addDeadLetter);
                }
                return rows.trails()
                    .stream()
                    .sorted(Comparator.comparing(GroupTrail::group).thenComparing(GroupTrail::identity))
                    .toList();
            });
        }
        catch (SQLException ex) {
            throw failed(ex);
        }
    }

    /** In two queries, as each has an index of its own. */
    private void read(Connection connection, String group, Table table, String columns, Collection<Long> messageIds,
            Collection<String> identities, RowReader reader) throws SQLException {
        String select = "SELECT " + columns + " FROM " + this.database.name(table) + " WHERE consumer_group = ? AND ";
        if (!messageIds.isEmpty()) {
            read(connection, select + "message_id IN (" + marks(messageIds) + ")", parameters(group, messageIds),
                    reader);
        }
        if (!identities.isEmpty()) {
            read(connection, select + "identity IN (" + marks(identities) + ")", parameters(group, identities), reader);
        }
    }

    private static List<Object> parameters(String group, Collection<?> values) {
        List<Object> parameters = new ArrayList<>();
        parameters.add(group);
        parameters.addAll(values);
        return parameters;
    }

    private static String marks(Collection<?> values) {
        return "?" + ", ?".repeat(values.size() - 1);
    }

    private static void read(Connection connection, String sql, Collection<?> parameters, RowReader reader)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int index = 1;
            for (Object parameter : parameters) {
                statement.setObject(index++, parameter);
            }
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    reader.read(row);
                }
            }
        }
    }

    private static ReliableMQException failed(SQLException ex) {
        return new ReliableMQException("The trail of a message could not be read: " + ex.getMessage()
                + ". Check that the database is up and that this user may read the tables.", ex);
    }

    /** Takes one row. */
    @FunctionalInterface
    interface RowReader {

        void read(ResultSet row) throws SQLException;

    }

}
