package io.reliablemq.concurrency;

import java.time.Clock;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

import io.reliablemq.concurrency.AdaptiveDecision.Kind;
import io.reliablemq.concurrency.ThreadSearch.Move;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One listener, its search and what was decided.
 */
final class AdaptiveListener {

    private static final Logger logger = LoggerFactory.getLogger(AdaptiveConcurrency.class);

    private final TunableListener listener;

    private final ThreadSearch search;

    private final DecisionHistory decisions = new DecisionHistory();

    private final DoubleSupplier cpu;

    private final LongSupplier nanos;

    private final Clock clock;

    private @Nullable ListenerLoad last;

    private long lastAt;

    AdaptiveListener(TunableListener listener, ThreadRange range, AdaptiveOptions options, DoubleSupplier cpu,
            LongSupplier nanos, Clock clock) {
        this.listener = listener;
        this.cpu = cpu;
        this.nanos = nanos;
        this.clock = clock;
        this.search = new ThreadSearch(range, options, threads());
        if (this.search.threads() != threads()) {
            this.listener.tune(ListenerTuning.none().withThreads(this.search.threads()));
        }
    }

    TunableListener listener() {
        return this.listener;
    }

    DecisionHistory decisions() {
        return this.decisions;
    }

    void look() {
        ListenerLoad before = this.last;
        long at = this.nanos.getAsLong();
        double seconds = (at - this.lastAt) / 1e9;
        ListenerLoad now = this.listener.load();
        this.last = now;
        this.lastAt = at;
        int threads = threads();
        if (threads != this.search.threads()) {
            note(this.search.threads(), threads, Kind.OVERRIDDEN, "the number was changed elsewhere");
            this.search.restart(threads);
            return;
        }
        if (before == null || seconds <= 0 || !this.listener.pausedBy().isEmpty()) {
            this.search.forget();
            return;
        }
        Move move = this.search.next(new LoadSample(seconds, now.completed() - before.completed(),
                now.failed() - before.failed(), (now.busyNanos() - before.busyNanos()) / 1e9,
                this.listener.cached() - now.running(), this.cpu.getAsDouble()));
        if (move != null) {
            if (move.to() != move.from()) {
                this.listener.tune(ListenerTuning.none().withThreads(move.to()));
            }
            note(move.from(), move.to(), move.kind(), move.reason());
        }
    }

    private int threads() {
        Integer threads = this.listener.tuning().threads();
        return (threads != null) ? threads : 1;
    }

    private void note(int from, int to, Kind kind, String reason) {
        this.decisions.add(new AdaptiveDecision(this.clock.instant(), this.listener.group(), this.listener.topic(),
                from, to, kind, reason));
        if (from == to) {
            logger.debug("Consumer group '{}' keeps {} threads ({}): {}", this.listener.group(), to, kind, reason);
        }
        else {
            logger.info("Consumer group '{}' goes from {} to {} threads ({}): {}", this.listener.group(), from, to,
                    kind, reason);
        }
    }

}
