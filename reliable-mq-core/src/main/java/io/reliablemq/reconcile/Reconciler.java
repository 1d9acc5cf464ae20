package io.reliablemq.reconcile;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.ReliableMQException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares what was sent with what each consumer group has recorded, gives a verdict on
 * every message and group, and sends again what is lost, if that is wished. Both sides
 * are read in pages, so that the memory does not grow with the window; a broker is asked
 * only about messages without a record.
 * <p>
 * Safe for use by several threads and on several instances at once: what two runs send
 * again twice has one effect.
 */
public final class Reconciler {

    private static final Logger logger = LoggerFactory.getLogger(Reconciler.class);

    private static final Duration PROGRESS_INTERVAL = Duration.ofSeconds(10);

    private final List<SentLedger> ledgers;

    private final GroupSources sources;

    private final BrokerLookup brokers;

    private final Redelivery redelivery;

    private final ReconcileRuns runs;

    private final ReconcileOptions options;

    private final Runnable relay;

    private final LongSupplier ids;

    private final MeterRegistry meters;

    private final Clock clock;

    /**
     * Creates a reconciler.
     * @param ledgers the sending side
     * @param sources the consuming side
     * @param brokers what is asked about messages without a record
     * @param redelivery sends again
     * @param runs remembers the runs
     * @param options how to compare
     * @param relay wakes up whatever sends stored messages, when some are not sent
     * @param ids draws the ids of runs
     * @param meters where verdicts are counted
     * @param clock tells the time; its deviation from the databases' must be smaller than
     * the grace time
     */
    public Reconciler(List<SentLedger> ledgers, GroupSources sources, BrokerLookup brokers, Redelivery redelivery,
            ReconcileRuns runs, ReconcileOptions options, Runnable relay, LongSupplier ids, MeterRegistry meters,
            Clock clock) {
        this.ledgers = List.copyOf(ledgers);
        this.sources = sources;
        this.brokers = brokers;
        this.redelivery = redelivery;
        this.runs = runs;
        this.options = options;
        this.relay = relay;
        this.ids = ids;
        this.meters = meters;
        this.clock = clock;
    }

    /**
     * How this reconciler compares.
     * @return the options
     */
    public ReconcileOptions options() {
        return this.options;
    }

    /**
     * Compares a window.
     * @param window from when to when
     * @return what was found
     * @throws ReliableMQException if the ledger, or the application's own records, cannot
     * be read; nothing is proven then
     */
    public ReconcileReport run(Window window) {
        return run(window, 0, 1);
    }

    /**
     * Compares a part of a window.
     * @param window from when to when
     * @param shard which part, from 0
     * @param shards how many parts there are; they can be compared at the same time
     * @return what was found
     * @throws ReliableMQException as above
     */
    public ReconcileReport run(Window window, int shard, int shards) {
        return run(window, shard, shards, this.options);
    }

    /**
     * Compares a part of a window with other options.
     * @param window from when to when
     * @param shard which part, from 0
     * @param shards how many parts there are
     * @param options what to do in this run
     * @return what was found
     * @throws ReliableMQException as above
     */
    public ReconcileReport run(Window window, int shard, int shards, ReconcileOptions options) {
        return new Run(window.slice(shard, shards), shard, shards, options).perform();
    }

    /** One run. */
    private final class Run {

        private final Window window;

        private final ReconcileOptions options;

        private final ReconcileReport head;

        private final List<GroupTally> tallies;

        private final BrokerSearch search = new BrokerSearch(Reconciler.this.brokers);

        private final Compensation compensation;

        private Instant reported;

        Run(Window window, int shard, int shards, ReconcileOptions options) {
            Clock clock = Reconciler.this.clock;
            this.window = window;
            this.options = options;
            this.compensation = new Compensation(Reconciler.this.redelivery, options, clock);
            this.reported = clock.instant();
            this.head = new ReconcileReport(Reconciler.this.ids.getAsLong(), window, shard, shards, options.dryRun(),
                    this.reported, this.reported, List.of());
            this.tallies = Reconciler.this.sources.tallies(options.examples(), GroupTally::unreadable);
        }

        ReconcileReport perform() {
            this.tallies.forEach((tally) -> Reconciler.this.runs.begin(this.head, tally.report(null, this.window)));
            this.tallies.forEach(this::refuseIfTooOld);
            if (Reconciler.this.ledgers.isEmpty()) {
                this.tallies
                    .forEach((tally) -> tally.unreadable("There is no ledger of what was sent, so nothing can be"
                            + " compared: give the application an outbox, or set reliable-mq.ledger.topics."));
            }
            try {
                proveNothingOfWhatIsGone();
                Reconciler.this.ledgers.forEach(this::compare);
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
                Reconciler.this.relay.run();
            }
            return end();
        }

        private void refuseIfTooOld(GroupTally tally) {
            Instant known = knownSince(tally);
            if (this.window.from().isBefore(known)) {
                tally.unreadable("The window begins at " + this.window.from() + ", but what was recorded before "
                        + known + " may be deleted already, or be in the store that the group used before: compare a"
                        + " younger window, or keep records longer.");
            }
        }

        /**
         * What is left of a window, because it was sent late, is compared. It does not
         * prove anything about what is gone.
         */
        private void proveNothingOfWhatIsGone() {
            Instant now = Reconciler.this.clock.instant();
            for (SentLedger ledger : Reconciler.this.ledgers) {
                Instant kept = withMargin(ledger.keptSince(now));
                if (this.window.from().isBefore(kept)) {
                    this.tallies.forEach((tally) -> tally.incomplete("The window begins at " + this.window.from()
                            + ", but messages that were sent before " + kept + " may be deleted already from the"
                            + " ledger: compare a younger window, or keep the ledger longer."));
                }
            }
        }

        private Instant knownSince(GroupTally tally) {
            return withMargin(tally.recordsFrom(Reconciler.this.clock.instant()));
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
            PageComparison comparison = new PageComparison(tally, knownSince(tally), Reconciler.this.clock.instant(),
                    this.options.grace(), this.search);
            return comparison.compare(page);
        }

        private void progress() {
            Instant now = Reconciler.this.clock.instant();
            if (now.isAfter(this.reported.plus(PROGRESS_INTERVAL))) {
                this.reported = now;
                this.tallies
                    .forEach((tally) -> Reconciler.this.runs.progress(this.head, tally.report(null, this.window)));
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
                tally.explain(Reconciler.this.clock.instant());
                groups.add(tally.report(bound, this.window));
            }
            ReconcileReport report = new ReconcileReport(this.head.runId(), this.window, this.head.shard(),
                    this.head.shards(), this.head.dryRun(), this.head.startedAt(), Reconciler.this.clock.instant(),
                    groups);
            for (GroupReport group : groups) {
                count(group);
                log(group);
                Reconciler.this.runs.end(report, group);
            }
            return report;
        }

        /** What is younger may be stored by a transaction that has not committed yet. */
        private Instant bound() {
            Instant settled = this.head.startedAt().minus(this.options.grace());
            Instant bound = this.window.to().isBefore(settled) ? this.window.to() : settled;
            return Reconciler.this.runs.firstGap(this.window).filter((gap) -> gap.isBefore(bound)).orElse(bound);
        }

        private void count(GroupReport group) {
            group.counts()
                .forEach((verdict, count) -> Reconciler.this.meters
                    .counter("reliable.mq.reconcile.verdicts", "group", group.group(), "verdict", verdict.tag())
                    .increment(count));
        }

        private void log(GroupReport group) {
            if (group.lost() > 0 || group.failure() != null) {
                logger.warn("{} from {} to {}: {}, sent again {}, proven up to {}{}{}", group.group(),
                        this.window.from(), this.window.to(), group.counts(), group.resent(), group.provenUpTo(),
                        (group.failure() != null) ? ": " : "", (group.failure() != null) ? group.failure() : "");
            }
            else {
                logger.info("{} from {} to {}: {}, proven up to {}", group.group(), this.window.from(),
                        this.window.to(), group.counts(), group.provenUpTo());
            }
        }

    }

}
