package io.reliablemq.concurrency;

import java.util.Locale;

import io.reliablemq.concurrency.AdaptiveDecision.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Looks for the number of threads of one listener, by hill climbing: a step is tried,
 * what it brings is measured, and it is kept or taken back. Only times in which messages
 * waited are measured, since otherwise the arrivals decide. By Little's law, threads that
 * raise latency without gain are those that do not raise throughput.
 * <p>
 * Noise is met by measuring finer steps for longer, by taking throughput before a step
 * from a moving average, and by trying fewer threads now and then, so that a step that
 * was kept by mistake is taken back later.
 */
final class ThreadSearch {

    private static final double BIG_STEP = 2;

    private static final double MIDDLE_STEP = 1.5;

    private static final double SMALL_STEP = 1.25;

    private static final double STEP_DOWN = 0.8;

    /** Of what the added threads could bring. */
    private static final double WORTH_IT = 0.3;

    private static final double NEARLY_ALL = 0.7;

    /** Of the throughput, that may be lost with fewer threads. */
    private static final double AS_GOOD = 0.95;

    private static final double CHANGED = 0.3;

    /** Mean deviation of a window that asks for no more of them. */
    private static final double LITTLE_NOISE = 0.08;

    private static final int MOST_PATIENCE = 4;

    private static final int FEWEST_DELIVERIES = 30;

    private static final int STARVED_TICKS = 3;

    private static final int SHORT_REST = 1;

    private static final int LONGEST_REST = 16;

    private final ThreadRange range;

    private final AdaptiveOptions options;

    private int threads;

    private boolean settling;

    private LoadSample window = LoadSample.nothing();

    private int windows;

    private int starved;

    private @Nullable Trial trial;

    private double rate;

    private double serviceMillis;

    private double noise;

    private double usualErrors = Double.NaN;

    private double step = BIG_STEP;

    private int rest;

    private int restLength = 2;

    private boolean fewerNext;

    private @Nullable Kind state;

    ThreadSearch(ThreadRange range, AdaptiveOptions options, int threads) {
        this.range = range;
        this.options = options;
        this.threads = range.clamp(threads);
    }

    int threads() {
        return this.threads;
    }

    /** Somebody else has changed the number: begin again from there. */
    void restart(int now) {
        this.threads = now;
        this.trial = null;
        this.rate = 0;
        this.rest = 0;
        this.step = MIDDLE_STEP;
        beginWindow(true);
    }

    /** What the listener did while it was paused says nothing. */
    void forget() {
        this.trial = null;
        beginWindow(true);
    }

    /** What to do now, {@code null} for nothing new. */
    @Nullable Move next(LoadSample sample) {
        if (sample.waiting() <= 0) {
            return starved(sample);
        }
        this.starved = 0;
        this.window = this.window.plus(sample);
        if (this.settling) {
            if (this.window.completed() >= this.threads) {
                beginWindow(false);
            }
            return null;
        }
        if (this.window.completed() < needed()) {
            return null;
        }
        return judge();
    }

    private long needed() {
        return Math.max(FEWEST_DELIVERIES, 2L * this.threads) * (this.windows + 1L);
    }

    private @Nullable Move starved(LoadSample sample) {
        this.starved++;
        if (this.starved < STARVED_TICKS) {
            return null;
        }
        this.trial = null;
        beginWindow(true);
        return once(Kind.IDLE, "nothing waits, " + perSecond(sample.rate()) + " arrive");
    }

    private @Nullable Move judge() {
        double errors = this.window.errorRate();
        double usual = Double.isNaN(this.usualErrors) ? Math.min(errors, this.options.errorRate()) : this.usualErrors;
        this.usualErrors = usual + 0.05 * (errors - usual);
        if (errors > usual + this.options.errorRate()) {
            return backOffFromErrors(errors, usual);
        }
        Trial tried = this.trial;
        if (tried == null) {
            return rested();
        }
        this.windows++;
        return (this.threads > tried.threads()) ? more(tried) : fewer(tried);
    }

    private @Nullable Move backOffFromErrors(double errors, double usual) {
        this.trial = null;
        this.rate = 0;
        this.rest = 0;
        this.step = MIDDLE_STEP;
        int to = this.range.clamp(this.threads / 2);
        String reason = percent(errors) + " of the deliveries fail, " + percent(usual) + " are usual";
        if (to == this.threads) {
            beginWindow(false);
            return once(Kind.ERRORS, reason + "; there are no threads to take away");
        }
        return move(to, Kind.ERRORS, reason);
    }

    private @Nullable Move more(Trial tried) {
        double gain = this.window.rate() / tried.rate() - 1;
        double possible = (double) this.threads / tried.threads() - 1;
        double share = gain / possible;
        if (this.windows < windowsFor(possible, share) * patience()) {
            return null;
        }
        this.trial = null;
        String figures = compared(tried) + ", " + percent(Math.max(0, share)) + " of what they could";
        if (share >= WORTH_IT) {
            keep();
            this.rest = 0;
            this.restLength = 2;
            this.step = (share >= NEARLY_ALL) ? BIG_STEP : MIDDLE_STEP;
            return tryMore(Kind.GROW, figures);
        }
        this.restLength = (this.step > SMALL_STEP) ? SHORT_REST : longer();
        this.fewerNext = this.step <= SMALL_STEP;
        this.step = (this.step > MIDDLE_STEP) ? MIDDLE_STEP : SMALL_STEP;
        this.rest = this.restLength;
        return back(tried, Kind.BACK_OFF, figures);
    }

    /** The mean of four windows has half the noise of one. */
    private int patience() {
        double ratio = this.noise / LITTLE_NOISE;
        return (int) Math.max(1, Math.min(MOST_PATIENCE, Math.ceil(ratio * ratio)));
    }

    /** The smaller the step, the more is needed to tell it from noise. */
    private static int windowsFor(double possible, double share) {
        if (possible >= BIG_STEP - 1.1) {
            return (share > WORTH_IT / 2 && share < NEARLY_ALL) ? 2 : 1;
        }
        return (possible >= MIDDLE_STEP - 1.1) ? 2 : 3;
    }

    private @Nullable Move fewer(Trial tried) {
        if (this.windows < 2 * patience()) {
            return null;
        }
        this.trial = null;
        String figures = compared(tried);
        if (this.window.rate() >= AS_GOOD * tried.anchor()) {
            keep();
            this.rest = 0;
            Move further = tryFewer(Kind.SHRINK, figures, tried.anchor());
            if (further == null) {
                beginWindow(false);
            }
            return (further != null) ? further : new Move(this.threads, this.threads, Kind.SHRINK, figures);
        }
        this.fewerNext = false;
        this.restLength = longer();
        this.rest = this.restLength;
        return back(tried, Kind.RESTORE, figures);
    }

    private int longer() {
        return Math.min(LONGEST_REST, this.restLength * 2);
    }

    private @Nullable Move rested() {
        double now = this.window.rate();
        double service = this.window.serviceMillis();
        double deviation = (this.rate > 0) ? Math.abs(now / this.rate - 1) : 0;
        boolean changed = deviation > Math.max(CHANGED, 4 * this.noise);
        this.noise += 0.2 * (Math.min(deviation, CHANGED) - this.noise);
        boolean slower = changed && now < this.rate && service > this.serviceMillis * (1 + CHANGED);
        double weight = (this.rate > 0 && !changed) ? 0.3 : 1;
        this.rate += weight * (now - this.rate);
        this.serviceMillis += weight * (service - this.serviceMillis);
        boolean busy = this.window.cpu() > this.options.maxCpu();
        double cpu = this.window.cpu();
        beginWindow(false);
        if (this.rest > 0 && !changed) {
            this.rest--;
            return null;
        }
        this.rest = 0;
        if (slower) {
            return tryFewer(Kind.TRY_FEWER, "deliveries take " + millis(service) + " and fewer end", now);
        }
        if (busy) {
            Move down = tryFewer(Kind.TRY_FEWER, "the processors are " + percent(cpu) + " busy", this.rate);
            return (down != null) ? down : once(Kind.CPU, "the processors are " + percent(cpu) + " busy");
        }
        if (this.fewerNext || this.threads == this.range.max()) {
            this.fewerNext = false;
            this.step = SMALL_STEP;
            Move down = tryFewer(Kind.TRY_FEWER, "to see whether fewer do as much", this.rate);
            if (down != null) {
                return down;
            }
        }
        return tryMore(Kind.TRY_MORE, perSecond(this.rate) + " with messages waiting");
    }

    private void keep() {
        this.rate = this.window.rate();
        this.serviceMillis = this.window.serviceMillis();
    }

    private @Nullable Move tryMore(Kind kind, String reason) {
        int to = this.range.clamp(Math.max(this.threads + 1, (int) Math.round(this.threads * this.step)));
        if (to == this.threads || this.window.cpu() > this.options.maxCpu()) {
            this.restLength = longer();
            this.rest = this.restLength;
            this.fewerNext = true;
            beginWindow(false);
            return (kind == Kind.GROW) ? new Move(this.threads, this.threads, kind, reason) : null;
        }
        this.trial = new Trial(this.threads, this.rate, this.rate);
        return move(to, kind, reason);
    }

    private @Nullable Move tryFewer(Kind kind, String reason, double anchor) {
        int to = this.range.clamp(Math.min(this.threads - 1, (int) (this.threads * STEP_DOWN)));
        if (to == this.threads) {
            this.rest = this.restLength;
            return null;
        }
        this.trial = new Trial(this.threads, this.rate, anchor);
        return move(to, kind, reason);
    }

    private Move back(Trial tried, Kind kind, String reason) {
        this.rate = tried.rate();
        return move(tried.threads(), kind, reason);
    }

    private Move move(int to, Kind kind, String reason) {
        Move move = new Move(this.threads, to, kind, reason);
        this.threads = to;
        this.state = kind;
        beginWindow(true);
        return move;
    }

    /** A state is told when it begins. */
    private @Nullable Move once(Kind kind, String reason) {
        if (this.state == kind) {
            return null;
        }
        this.state = kind;
        return new Move(this.threads, this.threads, kind, reason);
    }

    private void beginWindow(boolean settle) {
        this.window = LoadSample.nothing();
        this.windows = 0;
        this.settling = settle;
    }

    private String compared(Trial tried) {
        return this.threads + " threads bring " + perSecond(this.window.rate()) + " at "
                + millis(this.window.serviceMillis()) + ", " + tried.threads() + " brought " + perSecond(tried.rate());
    }

    private static String perSecond(double rate) {
        return String.format(Locale.ROOT, (rate < 10) ? "%.1f/s" : "%.0f/s", rate);
    }

    private static String millis(double value) {
        return String.format(Locale.ROOT, (value < 10) ? "%.1f ms" : "%.0f ms", value);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f %%", share * 100);
    }

    /**
     * A step that is being tried.
     *
     * @param threads before it
     * @param rate throughput before it
     * @param anchor throughput before the first of several steps down, lest each lose a
     * little
     */
    private record Trial(int threads, double rate, double anchor) {
    }

    /**
     * What to do.
     *
     * @param from threads now
     * @param to threads from now on
     * @param kind what it is
     * @param reason the figures behind it
     */
    record Move(int from, int to, Kind kind, String reason) {
    }

}
