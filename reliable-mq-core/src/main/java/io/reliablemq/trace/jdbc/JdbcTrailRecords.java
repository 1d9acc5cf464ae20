package io.reliablemq.trace.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import io.reliablemq.ReliableMQException;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlStatement.Binding;
import io.reliablemq.jdbc.SqlStatement.RowConsumer;
import io.reliablemq.jdbc.SqlStatement;
import io.reliablemq.jdbc.Table;
import io.reliablemq.trace.GroupTrail;
import io.reliablemq.trace.Sending;
import io.reliablemq.trace.TrailRecords;

/**
 * Reads the trail of a message from the library's tables. Every query has an index;
 * payloads are not read.
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
                String ids = SqlStatement.marks(messageIds.size());
                Binding binding = (parameters) -> parameters.numbers(messageIds);
                List<Sending> found = this.database
                    .sql("SELECT " + SendingRows.OUTBOX + " FROM " + this.database.name(Table.OUTBOX)
                            + " WHERE message_id IN " + ids + " ORDER BY created_at")
                    .list(connection, binding, SendingRows::ofOutbox);
                found.addAll(this.database
                    .sql("SELECT " + SendingRows.LEDGER + " FROM " + this.database.name(Table.LEDGER)
                            + " WHERE message_id IN " + ids + " ORDER BY sent_at")
                    .list(connection, binding, SendingRows::ofLedger));
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
                this.database.sql("SELECT DISTINCT consumer_group FROM " + this.database.name(Table.GROUP))
                    .each(connection, Binding.NONE, (row) -> all.add(row.getString(1)));
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
            Collection<String> identities, RowConsumer consumer) throws SQLException {
        String select = "SELECT " + columns + " FROM " + this.database.name(table) + " WHERE consumer_group = ? AND ";
        if (!messageIds.isEmpty()) {
            this.database.sql(select + "message_id IN " + SqlStatement.marks(messageIds.size()))
                .each(connection, (parameters) -> parameters.key(group).numbers(messageIds), consumer);
        }
        if (!identities.isEmpty()) {
            this.database.sql(select + "identity IN " + SqlStatement.marks(identities.size()))
                .each(connection, (parameters) -> parameters.key(group).keys(identities), consumer);
        }
    }

    private static ReliableMQException failed(SQLException ex) {
        return new ReliableMQException("The trail of a message could not be read: " + ex.getMessage()
                + ". Check that the database is up and that this user may read the tables.", ex);
    }

}
