package io.reliablemq.concurrency;

import java.util.Random;
import java.util.function.IntToDoubleFunction;

import io.reliablemq.concurrency.ThreadSearch.Move;

/**
 * A listener that exists in figures only: what a number of threads can do is given.
 */
final class SimulatedListener {

    private final Random random = new Random(7);

    private final ThreadSearch search;

    IntToDoubleFunction capacity;

    IntToDoubleFunction errors = (threads) -> 0;

    IntToDoubleFunction cpu = (threads) -> 0.2;

    double noise;

    double arrivals = Double.POSITIVE_INFINITY;

    private double done;

    private double seconds;

    private int changes;

    private int most;

    private double threadSeconds;

    SimulatedListener(int min, int max, int start, IntToDoubleFunction capacity) {
        this.search = new ThreadSearch(new ThreadRange(min, max), AdaptiveOptions.defaults(), start);
        this.capacity = capacity;
    }

    /** Lets seconds go by. */
    SimulatedListener run(int ticks) {
        this.done = 0;
        this.seconds = 0;
        this.changes = 0;
        this.most = 0;
        this.threadSeconds = 0;
        for (int tick = 0; tick < ticks; tick++) {
            int threads = this.search.threads();
            double possible = this.capacity.applyAsDouble(threads) * (1 + this.noise * this.random.nextGaussian());
            double rate = Math.max(0, Math.min(this.arrivals, possible));
            long completed = Math.round(rate);
            long waiting = (this.arrivals > possible) ? 1000 : 0;
            Move move = this.search
                .next(new LoadSample(1, completed, Math.round(completed * this.errors.applyAsDouble(threads)), threads,
                        waiting, this.cpu.applyAsDouble(threads)));
            this.changes += (move != null && move.from() != move.to()) ? 1 : 0;
            this.most = Math.max(this.most, this.search.threads());
            this.done += rate;
            this.seconds++;
            this.threadSeconds += threads;
        }
        return this;
    }

    int threads() {
        return this.search.threads();
    }

    int most() {
        return this.most;
    }

    /** Throughput over the last run. */
    double rate() {
        return this.done / this.seconds;
    }

    /** Over the last run. */
    double meanThreads() {
        return this.threadSeconds / this.seconds;
    }

    int changes() {
        return this.changes;
    }

}
