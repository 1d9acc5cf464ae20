package io.reliablemq.reconcile.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

import io.reliablemq.ReliableMQException;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlWork;
import io.reliablemq.jdbc.Table;
import io.reliablemq.reconcile.ConsumptionPages;
import io.reliablemq.reconcile.ConsumptionState;
import io.reliablemq.reconcile.GroupDirectory;
import io.reliablemq.reconcile.GroupSubscription;
import io.reliablemq.reconcile.IdRanges;
import org.jspecify.annotations.Nullable;

/**
 * Records, dead letters and failed attempts in the tables of one database. Ids that lie
 * close together are read by a range of the index, others one by one; letters and
 * attempts only of messages without a final record.
 */
public final class JdbcConsumptionRecords implements ConsumptionPages {

    private static final int AT_ONCE = 500;

    private static final int FOREIGN = 1000;

    private final JdbcDatabase database;

    private final GroupDirectory directory;

    private final String inbox;

    private final String letters;

    private final String attempts;

    /**
     * Creates the records.
     * @param database the database with the tables
     */
    public JdbcConsumptionRecords(JdbcDatabase database) {
        this.database = database;
        this.directory = new JdbcGroupDirectory(database);
        // A copy that was skipped has the fate of its original, which may have been
        // purged.
        this.inbox = "SELECT message_id, CASE WHEN status = 'PROCESSING' AND lease_until <= " + database.dialect().now()
                + " THEN 'FREE' WHEN status = 'ALIAS' THEN COALESCE((SELECT o.status FROM " + database.name(Table.INBOX)
                + " o WHERE o.consumer_group = i.consumer_group"
                + " AND o.identity = i.duplicate_of), 'DONE') ELSE status END FROM " + database.name(Table.INBOX)
                + " i WHERE consumer_group = ? AND message_id ";
        this.letters = "SELECT message_id, CASE WHEN status = 'DISCARDED' THEN status"
                + " WHEN status = 'RESOLVED' THEN 'FREE' ELSE 'PARKED' END FROM " + database.name(Table.DEAD_LETTER)
                + " WHERE consumer_group = ? AND message_id ";
        this.attempts = "SELECT message_id, 'IN_RETRY' FROM " + database.name(Table.ATTEMPT)
                + " WHERE consumer_group = ? AND message_id ";
    }

    @Override
    public List<GroupSubscription> subscriptions() {
        return this.directory.groups();
    }

    @Override
    public Map<Long, ConsumptionState> find(String group, long[] ids) {
        return call(group, (connection) -> {
            Map<Long, ConsumptionState> states = new HashMap<>(ids.length * 2);
            for (long[] range : IdRanges.of(ids)) {
                findRecords(connection, group, range, states);
            }
            long[] open = Arrays.stream(ids).filter((id) -> isOpen(states.get(id))).toArray();
            findOneByOne(connection, this.letters, group, open, states);
            findOneByOne(connection, this.attempts, group, open, states);
            return states;
        });
    }

    private void findRecords(Connection connection, String group, long[] ids, Map<Long, ConsumptionState> states)
            throws SQLException {
        int limit = 2 * ids.length + FOREIGN;
        Reading reading = readRange(connection, this.inbox, group, ids[0], ids[ids.length - 1], limit);
        for (long id : ids) {
            merge(states, id, reading.states().get(id));
        }
        if (reading.rows() == limit) {
            // Most of what lies between these ids are other messages.
            long last = reading.states().isEmpty() ? ids[0] - 1 : reading.last();
            long[] rest = Arrays.stream(ids).filter((id) -> id >= last).toArray();
            findOneByOne(connection, this.inbox, group, rest, states);
        }
    }

    private void findOneByOne(Connection connection, String select, String group, long[] ids,
            Map<Long, ConsumptionState> states) throws SQLException {
        for (int from = 0; from < ids.length; from += AT_ONCE) {
            long[] some = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + AT_ONCE));
            String sql = select + "IN (" + "?, ".repeat(AT_ONCE - 1) + "?)";
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                this.database.dialect().setKey(statement, 1, group);
                for (int i = 0; i < AT_ONCE; i++) {
                    statement.setLong(i + 2, some[Math.min(i, some.length - 1)]);
                }
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        merge(states, row.getLong(1), state(group, row.getString(2)));
                    }
                }
            }
        }
    }

    private Reading readRange(Connection connection, String select, String group, long first, long last, int limit)
            throws SQLException {
        try (PreparedStatement statement = connection
            .prepareStatement(select + "BETWEEN ? AND ? ORDER BY message_id LIMIT ?")) {
            this.database.dialect().setKey(statement, 1, group);
            statement.setLong(2, first);
            statement.setLong(3, last);
            statement.setInt(4, limit);
            statement.setFetchSize(limit);
            SortedMap<Long, ConsumptionState> states = new TreeMap<>();
            int rows = 0;
            long id = first;
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    rows++;
                    id = row.getLong(1);
                    merge(states, id, state(group, row.getString(2)));
                }
            }
            return new Reading(states, rows, id);
        }
    }

    @Override
    public Page page(String group, long first, long last, int limit) {
        return call(group, (connection) -> {
            List<Reading> readings = List.of(readRange(connection, this.inbox, group, first, last, limit),
                    readRange(connection, this.letters, group, first, last, limit),
                    readRange(connection, this.attempts, group, first, last, limit));
            // Complete up to where each of the three was read.
            long through = last;
            for (Reading reading : readings) {
                through = (reading.rows() == limit) ? Math.min(through, reading.last() - 1) : through;
            }
            SortedMap<Long, ConsumptionState> states = new TreeMap<>();
            for (Reading reading : readings) {
                long end = through;
                reading.states().forEach((id, state) -> {
                    if (id <= end) {
                        merge(states, id, state);
                    }
                });
            }
            if (through < first) {
                throw new SQLException(
                        "more than " + limit + " records of message " + first + "; ask for a larger page");
            }
            return new Page(states, through);
        });
    }

    private static void merge(Map<Long, ConsumptionState> states, long id, @Nullable ConsumptionState state) {
        if (state != null) {
            states.merge(id, state, ConsumptionState::or);
        }
    }

    private static boolean isOpen(@Nullable ConsumptionState state) {
        return state == null || !state.isFinal();
    }

    private static @Nullable ConsumptionState state(String group, String status) throws SQLException {
        return switch (status) {
            case "DONE", "ALIAS" -> ConsumptionState.DONE;
            case "DROPPED" -> ConsumptionState.DROPPED;
            case "DISCARDED" -> ConsumptionState.DISCARDED;
            case "PARKED" -> ConsumptionState.PARKED;
            case "IN_RETRY" -> ConsumptionState.IN_RETRY;
            case "PROCESSING" -> ConsumptionState.CLAIMED;
            case "FREE" -> null;
            default -> throw new SQLException("consumer group " + group + " has a record with the status '" + status
                    + "', which this version does not know");
        };
    }

    private <T> T call(String group, SqlWork<T> work) {
        try {
            return this.database.inAutoCommit(work);
        }
        catch (SQLException ex) {
            throw new ReliableMQException("Cannot read what consumer group '" + group + "' has recorded: "
                    + ex.getMessage() + ". Check its database.", ex);
        }
    }

    /** What a range had. */
    private record Reading(SortedMap<Long, ConsumptionState> states, int rows, long last) {
    }

}
