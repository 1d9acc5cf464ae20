package io.reliablemq.reconcile;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One comparison of a window, or of a part of it, for all groups.
 * <ol>
 * <li>The run of each group is recorded as begun.</li>
 * <li>Groups whose records do not reach back to the beginning of the window are refused;
 * a ledger that does not reach back leaves the window unproven.</li>
 * <li>Each ledger is read page by page: {@link PageComparison} gives a verdict for each
 * message and group, from the group's records and, for messages without one, from the
 * brokers; {@link Compensation} sends again what is lost.</li>
 * <li>Step 2 is repeated, because rows may have been deleted before they were read.</li>
 * <li>If stored messages are not sent yet, the relay is woken up.</li>
 * <li>The result of each group is counted, logged and recorded. A failure of the ledger
 * or of the application's own records ends the run here, with nothing proven.</li>
 * </ol>
 */
final class ReconcileRun {

    private static final Logger logger = LoggerFactory.getLogger(ReconcileRun.class);

    private static final Duration PROGRESS_INTERVAL = Duration.ofSeconds(10);

    private final Reconciler reconciler;

    private final Clock clock;

    private final Window window;

    private final ReconcileOptions options;

    private final ReconcileReport head;

    private final List<GroupTally> tallies;

    private final BrokerSearch search;

    private final Compensation compensation;

    private Instant reported;

    ReconcileRun(Reconciler reconciler, Window window, int shard, int shards, ReconcileOptions options) {
        this.reconciler = reconciler;
        this.clock = reconciler.clock;
        this.window = window;
        this.options = options;
        this.search = new BrokerSearch(reconciler.brokers);
        this.compensation = new Compensation(reconciler.redelivery, options, this.clock);
        this.reported = this.clock.instant();
        this.head = new ReconcileReport(reconciler.ids.getAsLong(), window, shard, shards, options.dryRun(),
                this.reported, this.reported, List.of());
        this.tallies = reconciler.sources.tallies(options.examples(), GroupTally::unreadable);
    }

    ReconcileReport perform() {
        this.tallies.forEach((tally) -> this.reconciler.runs.begin(this.head, tally.report(null, this.window)));
        this.tallies.forEach(this::refuseIfTooOld);
        if (this.reconciler.ledgers.isEmpty()) {
            this.tallies.forEach((tally) -> tally.unreadable("There is no ledger of what was sent, so nothing can be"
                    + " compared: give the application an outbox, or set reliable-mq.ledger.topics."));
        }
        try {
            proveNothingOfWhatIsGone();
            this.reconciler.ledgers.forEach(this::compare);
            // Rows that were deleted before they were read were not compared.
            this.tallies.forEach(this::refuseIfTooOld);
            proveNothingOfWhatIsGone();
        }
        catch (RuntimeException ex) {
            this.tallies.forEach((tally) -> tally.unreadable(String.valueOf(ex.getMessage())));
            end();
            throw ex;
        }
        if (this.tallies.stream().anyMatch((tally) -> tally.has(Verdict.NOT_SENT))) {
            this.reconciler.relay.run();
        }
        return end();
    }

    private void refuseIfTooOld(GroupTally tally) {
        Instant known = knownSince(tally);
        if (this.window.from().isBefore(known)) {
            tally.unreadable("The window begins at " + this.window.from() + ", but what was recorded before " + known
                    + " may be deleted already, or be in the store that the group used before: compare a"
                    + " younger window, or keep records longer.");
        }
    }

    /**
     * What is left of a window, because it was sent late, is compared. It does not prove
     * anything about what is gone.
     */
    private void proveNothingOfWhatIsGone() {
        Instant now = this.clock.instant();
        for (SentLedger ledger : this.reconciler.ledgers) {
            Instant kept = withMargin(ledger.keptSince(now));
            if (this.window.from().isBefore(kept)) {
                this.tallies.forEach((tally) -> tally.incomplete("The window begins at " + this.window.from()
                        + ", but messages that were sent before " + kept + " may be deleted already from the"
                        + " ledger: compare a younger window, or keep the ledger longer."));
            }
        }
    }

    private Instant knownSince(GroupTally tally) {
        return withMargin(tally.recordsFrom(this.clock.instant()));
    }

    /** Because what is old enough is being deleted all the time. */
    private Instant withMargin(Instant known) {
        return known.equals(Instant.MIN) ? known : known.plus(this.options.grace());
    }

    private void compare(SentLedger ledger) {
        SentMessage last = null;
        List<SentMessage> page;
        do {
            page = ledger.page(this.window, last, this.options.pageSize());
            this.search.begin(page);
            List<Compensation.Loss> losses = new ArrayList<>();
            for (GroupTally tally : this.tallies) {
                losses.addAll(compare(page, tally));
            }
            this.compensation.send(ledger, losses);
            progress();
            last = page.isEmpty() ? last : page.get(page.size() - 1);
        }
        while (page.size() == this.options.pageSize());
    }

    private List<Compensation.Loss> compare(List<SentMessage> page, GroupTally tally) {
        PageComparison comparison = new PageComparison(tally, knownSince(tally), this.clock.instant(),
                this.options.grace(), this.search);
        return comparison.compare(page);
    }

    private void progress() {
        Instant now = this.clock.instant();
        if (now.isAfter(this.reported.plus(PROGRESS_INTERVAL))) {
            this.reported = now;
            this.tallies.forEach((tally) -> this.reconciler.runs.progress(this.head, tally.report(null, this.window)));
        }
    }

    private ReconcileReport end() {
        Instant bound = bound();
        String open = this.search.failure();
        List<GroupReport> groups = new ArrayList<>();
        for (GroupTally tally : this.tallies) {
            if (open != null && tally.has(Verdict.UNKNOWN)) {
                tally.fail(open);
            }
            tally.explain(this.clock.instant());
            groups.add(tally.report(bound, this.window));
        }
        ReconcileReport report = new ReconcileReport(this.head.runId(), this.window, this.head.shard(),
                this.head.shards(), this.head.dryRun(), this.head.startedAt(), this.clock.instant(), groups);
        for (GroupReport group : groups) {
            count(group);
            log(group);
            this.reconciler.runs.end(report, group);
        }
        return report;
    }

    /** What is younger may be stored by a transaction that has not committed yet. */
    private Instant bound() {
        Instant settled = this.head.startedAt().minus(this.options.grace());
        Instant bound = this.window.to().isBefore(settled) ? this.window.to() : settled;
        return this.reconciler.runs.firstGap(this.window).filter((gap) -> gap.isBefore(bound)).orElse(bound);
    }

    private void count(GroupReport group) {
        group.counts()
            .forEach((verdict, count) -> this.reconciler.meters
                .counter("reliable.mq.reconcile.verdicts", "group", group.group(), "verdict", verdict.tag())
                .increment(count));
    }

    private void log(GroupReport group) {
        if (group.lost() > 0 || group.failure() != null) {
            logger.warn("{} from {} to {}: {}, sent again {}, proven up to {}{}{}", group.group(), this.window.from(),
                    this.window.to(), group.counts(), group.resent(), group.provenUpTo(),
                    (group.failure() != null) ? ": " : "", (group.failure() != null) ? group.failure() : "");
        }
        else {
            logger.info("{} from {} to {}: {}, proven up to {}", group.group(), this.window.from(), this.window.to(),
                    group.counts(), group.provenUpTo());
        }
    }

}
