package io.reliablemq.idempotency.jdbc;

import java.sql.Connection;
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
import io.reliablemq.jdbc.SqlParameters;
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

    private final JdbcDatabase database;

    private final Dialect dialect;

    private final String table;

    Renewal(JdbcDatabase database) {
        this.database = database;
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
        return this.database.sql(update + anyOf(leases.size()) + HELD)
            .waitingAtMost(WAIT_SECONDS)
            .update(connection, (parameters) -> setLeases(parameters.number(leaseMillis), leases));
    }

    /**
     * One round trip and one implicit transaction. A statement for all would be planned
     * for the table as it is at first, empty, and be slow when it has filled.
     */
    private int updateEach(Connection connection, String sql, List<Lease> leases, long leaseMillis)
            throws SQLException {
        List<Lease> sorted = leases.stream().sorted(IN_ORDER).toList();
        return Arrays
            .stream(this.database.sql(sql)
                .waitingAtMost(WAIT_SECONDS)
                .batch(connection, sorted.size(),
                        (parameters, i) -> setLeases(parameters.number(leaseMillis), List.of(sorted.get(i)))))
            .sum();
    }

    private List<Lease> findLost(Connection connection, List<Lease> leases) throws SQLException {
        Set<Held> held = new HashSet<>(this.database
            .sql("SELECT consumer_group, identity, token FROM " + this.table + " WHERE " + anyOf(leases.size()) + HELD)
            .list(connection, (parameters) -> setLeases(parameters, leases),
                    (row) -> new Held(Objects.requireNonNull(this.dialect.getKey(row, 1)),
                            Objects.requireNonNull(this.dialect.getKey(row, 2)), row.getLong(3))));
        return leases.stream().filter((lease) -> !held.contains(Held.of(lease))).toList();
    }

    // Not a row constructor: MariaDB does not use the index for one.
    private static String anyOf(int count) {
        return "(" + String.join(" OR ", Collections.nCopies(count, ONE)) + ")";
    }

    private static void setLeases(SqlParameters parameters, List<Lease> leases) throws SQLException {
        for (Lease lease : leases) {
            parameters.key(lease.key().group()).key(lease.key().identity()).number(lease.token());
        }
    }

    /** A lease without the message id, which is no part of the record's identity. */
    private record Held(String group, String identity, long token) {

        static Held of(Lease lease) {
            return new Held(lease.key().group(), lease.key().identity(), lease.token());
        }

    }

}
