package io.reliablemq.idempotency.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import io.reliablemq.idempotency.Lease;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlFailure;
import io.reliablemq.jdbc.Table;

/**
 * Renews or completes many claims in one round trip.
 */
final class Renewal {

    // Another transaction can hold the lock of a claim that has run out, while it takes
    // it over. That one must not stop the others for long.
    static final int WAIT_SECONDS = 1;

    private static final String ONE = "(consumer_group = ? AND identity = ? AND token = ?)";

    private static final String HELD = " AND status = 'PROCESSING' AND lease_until > 0";

    // So that two statements do not wait for each other in a circle.
    private static final Comparator<Lease> IN_ORDER = Comparator.comparing((lease) -> lease.key().identity());

    private final Dialect dialect;

    private final String table;

    Renewal(JdbcDatabase database) {
        this.dialect = database.dialect();
        this.table = database.name(Table.INBOX);
    }

    /** Returns the lost ones. Halves the set as long as a lock is in the way. */
    List<Lease> renew(Connection connection, List<Lease> leases, long leaseMillis) throws SQLException {
        try {
            return (update(connection, leases, leaseMillis) == leases.size()) ? List.of()
                    : findLost(connection, leases);
        }
        catch (SQLException ex) {
            if (leases.size() == 1 || this.dialect.classify(ex) != SqlFailure.LOCK_CONFLICT) {
                throw ex;
            }
            return renewHalves(connection, leases, leaseMillis);
        }
    }

    private List<Lease> renewHalves(Connection connection, List<Lease> leases, long leaseMillis) throws SQLException {
        int half = leases.size() / 2;
        List<Lease> lost = new ArrayList<>();
        SQLException failure = null;
        for (List<Lease> part : List.of(leases.subList(0, half), leases.subList(half, leases.size()))) {
            try {
                lost.addAll(renew(connection, part, leaseMillis));
            }
            catch (SQLException ex) {
                // The other half is renewed first.
                failure = ex;
            }
        }
        if (failure != null) {
            throw failure;
        }
        return lost;
    }

    /** Returns how many were completed. */
    int complete(Connection connection, List<Lease> leases) throws SQLException {
        return update(connection, "status = 'DONE', lease_until = ", leases, 0);
    }

    private int update(Connection connection, List<Lease> leases, long leaseMillis) throws SQLException {
        return update(connection, "lease_until = ", leases, leaseMillis);
    }

    private int update(Connection connection, String set, List<Lease> leases, long leaseMillis) throws SQLException {
        String update = "UPDATE " + this.table + " SET " + set + this.dialect.now() + " + ? WHERE ";
        if (this.dialect == Dialect.POSTGRESQL) {
            return updateEach(connection, update + ONE + HELD, leases, leaseMillis);
        }
        String sql = update + anyOf(leases.size()) + HELD;
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, sql, WAIT_SECONDS)) {
            statement.setLong(1, leaseMillis);
            setLeases(statement, 2, leases);
            return statement.executeUpdate();
        }
    }

    /**
     * One round trip and one implicit transaction. A statement for all would be planned
     * for the table as it is at first, empty, and be slow when it has filled.
     */
    private int updateEach(Connection connection, String sql, List<Lease> leases, long leaseMillis)
            throws SQLException {
        try (PreparedStatement statement = this.dialect.prepareWaitingAtMost(connection, sql, WAIT_SECONDS)) {
            for (Lease lease : leases.stream().sorted(IN_ORDER).toList()) {
                statement.setLong(1, leaseMillis);
                setLeases(statement, 2, List.of(lease));
                statement.addBatch();
            }
            return Arrays.stream(statement.executeBatch()).sum();
        }
    }

    private List<Lease> findLost(Connection connection, List<Lease> leases) throws SQLException {
        String sql = "SELECT consumer_group, identity, token FROM " + this.table + " WHERE " + anyOf(leases.size())
                + HELD;
        Set<Held> held = new HashSet<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            setLeases(statement, 1, leases);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    held.add(new Held(Objects.requireNonNull(this.dialect.getKey(row, 1)),
                            Objects.requireNonNull(this.dialect.getKey(row, 2)), row.getLong(3)));
                }
            }
        }
        return leases.stream().filter((lease) -> !held.contains(Held.of(lease))).toList();
    }

    // Not a row constructor: MariaDB does not use the index for one.
    private static String anyOf(int count) {
        return "(" + String.join(" OR ", Collections.nCopies(count, ONE)) + ")";
    }

    private void setLeases(PreparedStatement statement, int first, List<Lease> leases) throws SQLException {
        int index = first;
        for (Lease lease : leases) {
            this.dialect.setKey(statement, index++, lease.key().group());
            this.dialect.setKey(statement, index++, lease.key().identity());
            statement.setLong(index++, lease.token());
        }
    }

    /** A lease without the message id, which is no part of the record's identity. */
    private record Held(String group, String identity, long token) {

        static Held of(Lease lease) {
            return new Held(lease.key().group(), lease.key().identity(), lease.token());
        }

    }

}
