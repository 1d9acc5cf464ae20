package io.reliablemq.reconcile.jdbc;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

import io.reliablemq.ReliableMQException;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlWork;
import io.reliablemq.jdbc.Table;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.reconcile.GroupReport;
import io.reliablemq.reconcile.ReconcileReport;
import io.reliablemq.reconcile.ReconcileRuns;
import io.reliablemq.reconcile.Verdict;
import io.reliablemq.reconcile.Window;
import org.jspecify.annotations.Nullable;

/**
 * Runs in the table {@code reliable_mq_reconcile_run}. A gap of the ledger is a row of
 * the group {@code *} on the cluster {@code *}.
 */
public final class JdbcReconcileRuns implements ReconcileRuns {

    /** A run says how far it is much more often. */
    private static final long PATIENCE_MILLIS = Duration.ofMinutes(10).toMillis();

    private static final int FAILURE_LENGTH = 1000;

    private static final int CLUSTER_LENGTH = 255;

    private static final String ALL = "*";

    private static final int PURGED_AT_ONCE = 1000;

    private static final List<Verdict> VERDICTS = List.of(Verdict.values());

    private static final String COUNTS = VERDICTS.stream()
        .map(JdbcReconcileRuns::column)
        .collect(Collectors.joining(", "));

    private final JdbcDatabase database;

    private final Dialect dialect;

    private final LongSupplier ids;

    private final String table;

    private final String insert;

    private final String update;

    private final String purge;

    /**
     * Creates the memory.
     * @param database the database with the tables
     * @param ids draws the ids of rows
     */
    public JdbcReconcileRuns(JdbcDatabase database, LongSupplier ids) {
        this.database = database;
        this.dialect = database.dialect();
        this.ids = ids;
        this.table = database.name(Table.RECONCILE_RUN);
        this.insert = "INSERT INTO " + this.table + " (row_id, run_id, cluster, consumer_group, shard, shards,"
                + " window_from, window_to, dry_run, status, started_at, failure, lease_until)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, " + this.dialect.now() + " + " + PATIENCE_MILLIS + ")";
        this.update = "UPDATE " + this.table + " SET status = ?, finished_at = ?, examined = ?, resent_count = ?,"
                + " proven_up_to = ?, failure = ?, lease_until = " + this.dialect.now() + " + " + PATIENCE_MILLIS
                + VERDICTS.stream().map((it) -> ", " + column(it) + " = ?").collect(Collectors.joining())
                + " WHERE run_id = ? AND cluster = ? AND consumer_group = ? AND shard = ?";
        // While the ledger has rows of that time, a window may be compared that a gap is
        // in.
        this.purge = this.dialect.deleteSome(this.table,
                "started_at < " + this.dialect.statementTime()
                        + " - ? AND (status <> 'GAP' OR window_to <= (SELECT purged_to FROM "
                        + database.name(Table.PURGE) + " WHERE ledger = '" + Table.LEDGER.suffix() + "'))",
                "started_at");
    }

    private static String column(Verdict verdict) {
        return verdict.name().toLowerCase(Locale.ROOT) + "_count";
    }

    @Override
    public void begin(ReconcileReport run, String group) {
        begin(run, StoredMessage.DEFAULT_CLUSTER, group);
    }

    @Override
    public void begin(ReconcileReport run, GroupReport none) {
        begin(run, none.cluster(), none.group());
    }

    private void begin(ReconcileReport run, String cluster, String group) {
        insert(run.runId(), cluster, group, run.shard(), run.shards(), run.window(), run.dryRun(), "RUNNING",
                run.startedAt(), null);
    }

    @Override
    public void recordGap(Instant from, Instant to, String reason) {
        insert(this.ids.getAsLong(), ALL, ALL, 0, 1, new Window(from, to), false, "GAP", to, reason);
    }

    private void insert(long runId, String cluster, String group, int shard, int shards, Window window, boolean dryRun,
            String status, Instant startedAt, @Nullable String failure) {
        call("write", (connection) -> {
            try (PreparedStatement statement = connection.prepareStatement(this.insert)) {
                statement.setLong(1, this.ids.getAsLong());
                statement.setLong(2, runId);
                statement.setString(3, fit(cluster, CLUSTER_LENGTH));
                this.dialect.setKey(statement, 4, group);
                statement.setInt(5, shard);
                statement.setInt(6, shards);
                statement.setLong(7, window.from().toEpochMilli());
                statement.setLong(8, window.to().toEpochMilli());
                statement.setInt(9, dryRun ? 1 : 0);
                statement.setString(10, status);
                statement.setLong(11, startedAt.toEpochMilli());
                statement.setString(12, fit(failure, FAILURE_LENGTH));
                return statement.executeUpdate();
            }
        });
    }

    @Override
    public void progress(ReconcileReport run, GroupReport soFar) {
        update(run, soFar, "RUNNING", null);
    }

    @Override
    public void end(ReconcileReport run, GroupReport result) {
        update(run, result, (result.failure() != null) ? "FAILED" : "FINISHED", run.finishedAt());
    }

    private void update(ReconcileReport run, GroupReport result, String status, @Nullable Instant finishedAt) {
        call("write", (connection) -> {
            try (PreparedStatement statement = connection.prepareStatement(this.update)) {
                statement.setString(1, status);
                setTime(statement, 2, finishedAt);
                statement.setLong(3, result.examined());
                statement.setLong(4, result.resent());
                setTime(statement, 5, result.provenUpTo());
                statement.setString(6, fit(result.failure(), FAILURE_LENGTH));
                int index = 7;
                for (Verdict verdict : VERDICTS) {
                    statement.setLong(index++, result.count(verdict));
                }
                statement.setLong(index++, run.runId());
                statement.setString(index++, fit(result.cluster(), CLUSTER_LENGTH));
                this.dialect.setKey(statement, index++, result.group());
                statement.setInt(index, run.shard());
                return statement.executeUpdate();
            }
        });
    }

    @Override
    public Optional<Instant> firstGap(Window window) {
        return call("read", (connection) -> {
            try (PreparedStatement statement = connection.prepareStatement("SELECT MIN(window_from) FROM " + this.table
                    + " WHERE consumer_group = ? AND status = 'GAP' AND window_to > ? AND window_from < ?")) {
                this.dialect.setKey(statement, 1, ALL);
                statement.setLong(2, window.from().toEpochMilli());
                statement.setLong(3, window.to().toEpochMilli());
                try (ResultSet row = statement.executeQuery()) {
                    Instant gap = row.next() ? time(row, 1) : null;
                    return Optional.ofNullable((gap != null && gap.isBefore(window.from())) ? window.from() : gap);
                }
            }
        });
    }

    @Override
    public List<RecordedRun> latest(int limit) {
        return call("read", (connection) -> {
            List<RecordedRun> runs = new ArrayList<>();
            try (PreparedStatement statement = connection.prepareStatement("SELECT run_id, consumer_group, shard,"
                    + " shards, window_from, window_to, dry_run, CASE WHEN status = 'RUNNING' AND lease_until < "
                    + this.dialect.now() + " THEN 'BROKEN_OFF' ELSE status END, started_at, finished_at, resent_count,"
                    + " proven_up_to, failure, cluster, " + COUNTS + " FROM " + this.table
                    + " ORDER BY started_at DESC, row_id DESC LIMIT ?")) {
                statement.setInt(1, limit);
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        runs.add(run(row));
                    }
                }
            }
            return runs;
        });
    }

    private RecordedRun run(ResultSet row) throws SQLException {
        Map<Verdict, Long> counts = new EnumMap<>(Verdict.class);
        for (int i = 0; i < VERDICTS.size(); i++) {
            long count = row.getLong(15 + i);
            if (count > 0) {
                counts.put(VERDICTS.get(i), count);
            }
        }
        Instant startedAt = Instant.ofEpochMilli(row.getLong(9));
        Instant finishedAt = time(row, 10);
        ReconcileReport run = new ReconcileReport(row.getLong(1),
                new Window(Instant.ofEpochMilli(row.getLong(5)), Instant.ofEpochMilli(row.getLong(6))), row.getInt(3),
                row.getInt(4), row.getInt(7) != 0, startedAt, (finishedAt != null) ? finishedAt : startedAt, List.of());
        String group = this.dialect.getKey(row, 2);
        return new RecordedRun(row.getString(8), run, new GroupReport((group != null) ? group : "", counts, Map.of(),
                row.getLong(11), time(row, 12), row.getString(13), row.getString(14)));
    }

    @Override
    public int purge(Duration retention) {
        return call("purge", (connection) -> {
            try (PreparedStatement statement = connection.prepareStatement(this.purge)) {
                statement.setLong(1, retention.toMillis());
                statement.setInt(2, PURGED_AT_ONCE);
                return statement.executeUpdate();
            }
        });
    }

    private static void setTime(PreparedStatement statement, int index, @Nullable Instant time) throws SQLException {
        if (time != null) {
            statement.setLong(index, time.toEpochMilli());
        }
        else {
            statement.setNull(index, Types.BIGINT);
        }
    }

    private static @Nullable Instant time(ResultSet row, int index) throws SQLException {
        long millis = row.getLong(index);
        return row.wasNull() ? null : Instant.ofEpochMilli(millis);
    }

    private static @Nullable String fit(@Nullable String text, int length) {
        return (text != null && text.length() > length) ? text.substring(0, length) : text;
    }

    private <T> T call(String what, SqlWork<T> work) {
        try {
            return this.database.inAutoCommit(work);
        }
        catch (SQLException ex) {
            throw new ReliableMQException(
                    "Cannot " + what + " " + this.table + ": " + ex.getMessage() + ". Check the database.", ex);
        }
    }

}
