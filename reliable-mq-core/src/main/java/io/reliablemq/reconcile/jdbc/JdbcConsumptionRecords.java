package io.reliablemq.reconcile.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.reliablemq.ReliableMQException;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.SqlStatement;
import io.reliablemq.jdbc.SqlWork;
import io.reliablemq.jdbc.Table;
import io.reliablemq.message.MessageId;
import io.reliablemq.reconcile.ConsumptionPages;
import io.reliablemq.reconcile.ConsumptionRecords;
import io.reliablemq.reconcile.ConsumptionState;
import io.reliablemq.reconcile.GroupDirectory;
import io.reliablemq.reconcile.GroupSubscription;
import io.reliablemq.reconcile.IdRanges;
import org.jspecify.annotations.Nullable;

/**
 * Reads the consumption state of messages from records, dead letters and failed attempts
 * in one database. Ids that lie close together are read by a range of the index, others
 * one by one; letters and attempts only of messages without a final record.
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
        this.inbox = "SELECT message_id, id_space, CASE WHEN status = 'PROCESSING' AND lease_until = 0"
                + " THEN 'FREE' WHEN status = 'PROCESSING' AND lease_until <= " + database.dialect().now()
                + " THEN 'UNCERTAIN' WHEN status = 'ALIAS' THEN COALESCE((SELECT o.status FROM "
                + database.name(Table.INBOX) + " o WHERE o.consumer_group = i.consumer_group"
                + " AND o.identity = i.duplicate_of), 'DONE') ELSE status END FROM " + database.name(Table.INBOX)
                + " i WHERE consumer_group = ? AND message_id ";
        this.letters = "SELECT message_id, id_space, CASE WHEN status = 'DISCARDED' THEN status"
                + " WHEN status = 'RESOLVED' THEN 'FREE' ELSE 'PARKED' END FROM " + database.name(Table.DEAD_LETTER)
                + " WHERE consumer_group = ? AND message_id ";
        this.attempts = "SELECT message_id, id_space, 'IN_RETRY' FROM " + database.name(Table.ATTEMPT)
                + " WHERE consumer_group = ? AND message_id ";
    }

    @Override
    public List<GroupSubscription> subscriptions() {
        return this.directory.groups();
    }

    @Override
    public Map<Long, ConsumptionState> find(String group, long[] ids) {
        return ConsumptionRecords.ofAnySpace(call(group, (connection) -> find(connection, group, ids, (states) -> {
            Map<Long, ConsumptionState> known = ConsumptionRecords.ofAnySpace(states);
            return Arrays.stream(ids).filter((id) -> isOpen(known.get(id))).toArray();
        })));
    }

    /** By the ids, which have an index; few have the id of another space's message. */
    @Override
    public Map<MessageId, ConsumptionState> find(String group, Collection<MessageId> messages) {
        return call(group, (connection) -> {
            Map<MessageId, ConsumptionState> states = find(connection, group, ids(messages.stream()),
                    (known) -> ids(messages.stream().filter((message) -> isOpen(known.get(message)))));
            states.keySet().retainAll(Set.copyOf(messages));
            return states;
        });
    }

    private Map<MessageId, ConsumptionState> find(Connection connection, String group, long[] ids,
            Function<Map<MessageId, ConsumptionState>, long[]> open) throws SQLException {
        Map<MessageId, ConsumptionState> states = new HashMap<>(ids.length * 2);
        for (long[] range : IdRanges.of(ids)) {
            findRecords(connection, group, range, states);
        }
        long[] rest = open.apply(states);
        findOneByOne(connection, this.letters, group, rest, states);
        findOneByOne(connection, this.attempts, group, rest, states);
        return states;
    }

    private static long[] ids(Stream<MessageId> messages) {
        return messages.mapToLong(MessageId::id).sorted().distinct().toArray();
    }

    private void findRecords(Connection connection, String group, long[] ids, Map<MessageId, ConsumptionState> states)
            throws SQLException {
        int limit = 2 * ids.length + FOREIGN;
        Reading reading = readRange(connection, this.inbox, group, ids[0], ids[ids.length - 1], limit);
        Set<Long> wanted = Arrays.stream(ids).boxed().collect(Collectors.toSet());
        reading.states().forEach((message, state) -> {
            if (wanted.contains(message.id())) {
                merge(states, message, state);
            }
        });
        if (reading.rows() == limit) {
            // Most of what lies between these ids are other messages.
            long last = reading.states().isEmpty() ? ids[0] - 1 : reading.last();
            long[] rest = Arrays.stream(ids).filter((id) -> id >= last).toArray();
            findOneByOne(connection, this.inbox, group, rest, states);
        }
    }

    private void findOneByOne(Connection connection, String select, String group, long[] ids,
            Map<MessageId, ConsumptionState> states) throws SQLException {
        for (int from = 0; from < ids.length; from += AT_ONCE) {
            long[] some = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + AT_ONCE));
            // Always as many parameters, for one statement.
            List<Long> padded = IntStream.range(0, AT_ONCE)
                .mapToObj((i) -> some[Math.min(i, some.length - 1)])
                .toList();
            this.database.sql(select + "IN " + SqlStatement.marks(AT_ONCE))
                .each(connection, (parameters) -> parameters.key(group).numbers(padded),
                        (row) -> merge(states, message(row), state(group, row.getString(3))));
        }
    }

    private Reading readRange(Connection connection, String select, String group, long first, long last, int limit)
            throws SQLException {
        Map<MessageId, ConsumptionState> states = new HashMap<>();
        int[] rows = { 0 };
        long[] id = { first };
        this.database.sql(select + "BETWEEN ? AND ? ORDER BY message_id LIMIT ?")
            .fetchSize(limit)
            .each(connection, (parameters) -> parameters.key(group).number(first).number(last).number(limit), (row) -> {
                MessageId message = message(row);
                rows[0]++;
                id[0] = message.id();
                merge(states, message, state(group, row.getString(3)));
            });
        return new Reading(states, rows[0], id[0]);
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
            Map<MessageId, ConsumptionState> states = new HashMap<>();
            for (Reading reading : readings) {
                long end = through;
                reading.states().forEach((message, state) -> {
                    if (message.id() <= end) {
                        merge(states, message, state);
                    }
                });
            }
            if (through < first) {
                throw new SQLException(
                        "more than " + limit + " records of message " + first + "; ask for a larger page");
            }
            return Page.of(states, through);
        });
    }

    private static void merge(Map<MessageId, ConsumptionState> states, MessageId id, @Nullable ConsumptionState state) {
        if (state != null) {
            states.merge(id, state, ConsumptionState::or);
        }
    }

    private static MessageId message(ResultSet row) throws SQLException {
        return new MessageId(row.getLong(1), MessageColumns.space(row, 2));
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
            case "UNCERTAIN" -> ConsumptionState.UNCERTAIN;
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
    private record Reading(Map<MessageId, ConsumptionState> states, int rows, long last) {
    }

}
