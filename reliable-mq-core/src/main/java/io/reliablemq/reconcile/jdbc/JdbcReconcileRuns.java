package io.reliablemq.reconcile.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

import io.reliablemq.ReliableMQException;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.SqlStatement;
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
 * Stores runs of the reconciliation in the table {@code reliable_mq_reconcile_run}. A gap
 * of the ledger is a row of the group {@code *} on the cluster {@code *}.
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

    private final SqlStatement insert;

    private final SqlStatement update;

    private final SqlStatement purge;

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
        this.insert = database.sql("INSERT INTO " + this.table
                + " (row_id, run_id, cluster, consumer_group, shard, shards,"
                + " window_from, window_to, dry_run, status, started_at, failure, lease_until)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, " + this.dialect.now() + " + " + PATIENCE_MILLIS + ")");
        this.update = database
            .sql("UPDATE " + this.table + " SET status = ?, finished_at = ?, examined = ?, resent_count = ?,"
                    + " proven_up_to = ?, failure = ?, lease_until = " + this.dialect.now() + " + " + PATIENCE_MILLIS
                    + VERDICTS.stream().map((it) -> ", " + column(it) + " = ?").collect(Collectors.joining())
                    + " WHERE run_id = ? AND cluster = ? AND consumer_group = ? AND shard = ?");
        // While the ledger has rows of that time, a window may be compared that a gap is
        // in.
        this.purge = database.sql(this.dialect.deleteSome(this.table,
                "started_at < " + this.dialect.statementTime()
                        + " - ? AND (status <> 'GAP' OR window_to <= (SELECT purged_to FROM "
                        + database.name(Table.PURGE) + " WHERE ledger = '" + Table.LEDGER.suffix() + "'))",
                "started_at"));
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
        call("write",
                (connection) -> this.insert.update(connection,
                        (parameters) -> parameters.number(this.ids.getAsLong())
                            .number(runId)
                            .text(fit(cluster, CLUSTER_LENGTH))
                            .key(group)
                            .number(shard)
                            .number(shards)
                            .time(window.from())
                            .time(window.to())
                            .number(dryRun ? 1 : 0)
                            .text(status)
                            .time(startedAt)
                            .text(fit(failure, FAILURE_LENGTH))));
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
        call("write", (connection) -> this.update.update(connection, (parameters) -> {
            parameters.text(status)
                .time(finishedAt)
                .number(result.examined())
                .number(result.resent())
                .time(result.provenUpTo())
                .text(fit(result.failure(), FAILURE_LENGTH));
            for (Verdict verdict : VERDICTS) {
                parameters.number(result.count(verdict));
            }
            parameters.number(run.runId())
                .text(fit(result.cluster(), CLUSTER_LENGTH))
                .key(result.group())
                .number(run.shard());
        }));
    }

    @Override
    public Optional<Instant> firstGap(Window window) {
        return call("read",
                (connection) -> Optional
                    .ofNullable(this.database
                        .sql("SELECT MIN(window_from) FROM " + this.table
                                + " WHERE consumer_group = ? AND status = 'GAP' AND window_to > ? AND window_from < ?")
                        .first(connection, (parameters) -> parameters.key(ALL).time(window.from()).time(window.to()),
                                (row) -> Optional.ofNullable(MessageColumns.time(row, 1))))
                    .flatMap(Function.identity())
                    .map((gap) -> gap.isBefore(window.from()) ? window.from() : gap));
    }

    @Override
    public List<RecordedRun> latest(int limit) {
        return call("read", (connection) -> this.database
            .sql("SELECT run_id, consumer_group, shard,"
                    + " shards, window_from, window_to, dry_run, CASE WHEN status = 'RUNNING' AND lease_until < "
                    + this.dialect.now() + " THEN 'BROKEN_OFF' ELSE status END, started_at, finished_at, resent_count,"
                    + " proven_up_to, failure, cluster, " + COUNTS + " FROM " + this.table
                    + " ORDER BY started_at DESC, row_id DESC LIMIT ?")
            .list(connection, (parameters) -> parameters.number(limit), this::run));
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
        Instant finishedAt = MessageColumns.time(row, 10);
        ReconcileReport run = new ReconcileReport(row.getLong(1),
                new Window(Instant.ofEpochMilli(row.getLong(5)), Instant.ofEpochMilli(row.getLong(6))), row.getInt(3),
                row.getInt(4), row.getInt(7) != 0, startedAt, (finishedAt != null) ? finishedAt : startedAt, List.of());
        String group = this.dialect.getKey(row, 2);
        return new RecordedRun(row.getString(8), run, new GroupReport((group != null) ? group : "", counts, Map.of(),
                row.getLong(11), MessageColumns.time(row, 12), row.getString(13), row.getString(14)));
    }

    @Override
    public int purge(Duration retention) {
        return call("purge", (connection) -> this.purge.update(connection,
                (parameters) -> parameters.number(retention.toMillis()).number(PURGED_AT_ONCE)));
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
