package io.reliablemq.reconcile;

import java.time.Clock;
import java.util.List;
import java.util.function.LongSupplier;

import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.ReliableMQException;

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

    final List<SentLedger> ledgers;

    final GroupSources sources;

    final BrokerLookup brokers;

    final Redelivery redelivery;

    final ReconcileRuns runs;

    final Runnable relay;

    final LongSupplier ids;

    final MeterRegistry meters;

    final Clock clock;

    private final ReconcileOptions options;

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
        return new ReconcileRun(this, window.slice(shard, shards), shard, shards, options).perform();
    }

}
