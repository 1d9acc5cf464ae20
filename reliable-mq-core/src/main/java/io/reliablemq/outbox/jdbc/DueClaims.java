package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.Table;
import io.reliablemq.outbox.OutboxEntry;
import io.reliablemq.outbox.OutboxScope;

/**
 * Claims rows without an ordering key; what others are claiming is passed over.
 * PostgreSQL finds, locks, claims and returns them in one statement.
 */
final class DueClaims {

    private final Dialect dialect;

    private final Claim claim;

    private final DueRows due;

    private final String table;

    DueClaims(JdbcDatabase database, Claim claim) {
        this.dialect = database.dialect();
        this.claim = claim;
        this.due = new DueRows(this.dialect, false);
        this.table = database.name(Table.OUTBOX);
    }

    List<OutboxEntry> claim(Connection connection, int limit, OutboxScope scope) throws SQLException {
        return (this.dialect == Dialect.POSTGRESQL) ? inOneStatement(connection, limit, scope)
                : inTwoStatements(connection, limit, scope);
    }

    private List<OutboxEntry> inOneStatement(Connection connection, int limit, OutboxScope scope) throws SQLException {
        String sql = this.claim.update() + "= ANY (ARRAY (" + select("row_id", scope) + ")) RETURNING " + Claim.COLUMNS;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            List<OutboxEntry> found = read(statement, this.claim.set(statement), limit, scope, 0);
            found.sort(Comparator.comparingLong(OutboxEntry::rowId));
            return found;
        }
    }

    private List<OutboxEntry> inTwoStatements(Connection connection, int limit, OutboxScope scope) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(select(Claim.COLUMNS, scope))) {
            List<OutboxEntry> found = read(statement, 1, limit, scope, 1);
            this.claim.write(connection, found);
            return found;
        }
    }

    private String select(String columns, OutboxScope scope) {
        return "SELECT " + columns + " FROM " + this.table + this.due.in(scope) + " LIMIT ? FOR UPDATE SKIP LOCKED";
    }

    private List<OutboxEntry> read(PreparedStatement statement, int index, int limit, OutboxScope scope, long raise)
            throws SQLException {
        long claimEnd = this.claim.end();
        List<OutboxEntry> found = new ArrayList<>();
        statement.setInt(DueRows.set(statement, index, scope), limit);
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                found.add(this.claim.entry(row, raise, claimEnd));
            }
        }
        return found;
    }

}
