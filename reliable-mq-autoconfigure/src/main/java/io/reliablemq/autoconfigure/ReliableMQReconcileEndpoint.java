package io.reliablemq.autoconfigure;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

import io.reliablemq.reconcile.ConsumptionPage;
import io.reliablemq.reconcile.ConsumptionPages;
import io.reliablemq.reconcile.GroupReport;
import io.reliablemq.reconcile.ReconcileOptions;
import io.reliablemq.reconcile.ReconcileReport;
import io.reliablemq.reconcile.ReconcileRuns;
import io.reliablemq.reconcile.Reconciler;
import io.reliablemq.reconcile.Verdict;
import io.reliablemq.reconcile.Window;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * Endpoint of reconciliation: the last runs, an immediate run, and this application's
 * records for other applications. It shows ids and counts, never a payload.
 */
@Endpoint(id = "reliablemqreconcile", defaultAccess = Access.READ_ONLY)
public class ReliableMQReconcileEndpoint {

    private static final int LIMIT = 100;

    private static final int LARGEST_PAGE = 10_000;

    private final @Nullable Reconciler reconciler;

    private final @Nullable ReconcileRuns runs;

    private final @Nullable ConsumptionPages records;

    private final Predicate<String> elsewhere;

    /**
     * Creates the endpoint.
     * @param elsewhere whether a group of this application keeps its records in another
     * store than {@code records}
     */
    ReliableMQReconcileEndpoint(@Nullable Reconciler reconciler, @Nullable ReconcileRuns runs,
            @Nullable ConsumptionPages records, Predicate<String> elsewhere) {
        this.reconciler = reconciler;
        this.runs = runs;
        this.records = records;
        this.elsewhere = elsewhere;
    }

    /**
     * The last runs.
     * @param limit most rows, 100 if not given
     * @return one per run, group and shard, the youngest first
     */
    @ReadOperation
    public Runs runs(@org.springframework.lang.Nullable @Nullable Integer limit) {
        if (this.runs == null) {
            return new Runs(List.of());
        }
        int rows = (limit != null) ? Math.max(1, Math.min(limit, LARGEST_PAGE)) : LIMIT;
        return new Runs(
                this.runs.latest(rows).stream().map((run) -> Run.of(run.status(), run.run(), run.result())).toList());
    }

    /**
     * Returns the records of a group.
     * @param group consumer group
     * @param from smallest message id
     * @param to greatest message id
     * @param limit most records
     * @return a page
     */
    @ReadOperation
    public ConsumptionPage records(@Selector String group, long from, long to,
            @org.springframework.lang.Nullable @Nullable Integer limit) {
        if (this.records == null) {
            throw new InvalidEndpointRequestException("This application has no records in a database",
                    "Ask the application that consumes in " + group);
        }
        if (this.elsewhere.test(group)) {
            // What the database has of it is old, and would look like losses.
            throw new InvalidEndpointRequestException(
                    "Consumer group '" + group + "' keeps its records in Redis, which this endpoint does not show",
                    "Compare it with source: redis");
        }
        int rows = (limit != null) ? Math.max(10, Math.min(limit, LARGEST_PAGE)) : LARGEST_PAGE;
        return ConsumptionPage.read(this.records, group, from, to, rows);
    }

    /**
     * Compares a window at once.
     * @param from its beginning, as in {@code 2026-01-02T00:00:00Z}
     * @param to its end
     * @param dryRun whether losses are only reported; as configured if not given
     * @param maxPerRun most messages to send again; as configured if not given
     * @return the result
     */
    @WriteOperation
    public Runs run(String from, String to, @org.springframework.lang.Nullable @Nullable Boolean dryRun,
            @org.springframework.lang.Nullable @Nullable Integer maxPerRun) {
        if (this.reconciler == null) {
            throw new InvalidEndpointRequestException("This application has no ledger to compare with",
                    "Ask the application that sends");
        }
        ReconcileOptions options = this.reconciler.options();
        options = (dryRun != null) ? options.withDryRun(dryRun) : options;
        options = (maxPerRun != null) ? options.withMaxPerRun(maxPerRun) : options;
        ReconcileReport report = this.reconciler.run(window(from, to), 0, 1, options);
        return new Runs(report.groups()
            .stream()
            .map((group) -> Run.of((group.failure() != null) ? "FAILED" : "FINISHED", report, group))
            .toList());
    }

    private static Window window(String from, String to) {
        try {
            return new Window(Instant.parse(from), Instant.parse(to));
        }
        catch (DateTimeException | IllegalArgumentException ex) {
            throw new InvalidEndpointRequestException("The window from " + from + " to " + to + " cannot be used",
                    "Write both times as in 2026-01-02T00:00:00Z, the earlier one first", ex);
        }
    }

    /**
     * Runs, the youngest first.
     *
     * @param runs one per run, group and shard
     */
    public record Runs(List<Run> runs) {
    }

    /**
     * A run over one group.
     *
     * @param run number of the run
     * @param group consumer group
     * @param status RUNNING, FINISHED, FAILED, BROKEN_OFF or GAP
     * @param from beginning of the window
     * @param to end of the window
     * @param shard number of the shard, from 0
     * @param shards number of shards
     * @param dryRun whether losses are only reported
     * @param startedAt when it began
     * @param finishedAt when it ended
     * @param counts messages per verdict
     * @param examples some ids per verdict
     * @param resent messages sent again
     * @param provenUpTo up to when every message is accounted for
     * @param failure why a verdict is unknown
     * @param cluster the cluster that the group consumes from
     */
    public record Run(String run, String group, String status, String from, String to, int shard, int shards,
            boolean dryRun, String startedAt, String finishedAt, Map<Verdict, Long> counts,
            Map<Verdict, List<String>> examples, long resent, @Nullable String provenUpTo, @Nullable String failure,
            String cluster) {

        static Run of(String status, ReconcileReport run, GroupReport result) {
            Map<Verdict, List<String>> examples = new EnumMap<>(Verdict.class);
            result.examples()
                .forEach((verdict, ids) -> examples.put(verdict, ids.stream().map(String::valueOf).toList()));
            Instant proven = result.provenUpTo();
            return new Run(String.valueOf(run.runId()), result.group(), status, run.window().from().toString(),
                    run.window().to().toString(), run.shard(), run.shards(), run.dryRun(), run.startedAt().toString(),
                    run.finishedAt().toString(), result.counts(), examples, result.resent(),
                    (proven != null) ? proven.toString() : null, result.failure(), result.cluster());
        }

    }

}
