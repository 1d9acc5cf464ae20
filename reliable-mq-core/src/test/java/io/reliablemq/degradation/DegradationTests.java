package io.reliablemq.degradation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.backlog.BacklogProbe;
import io.reliablemq.backlog.BacklogSnapshot;
import io.reliablemq.backlog.Backlogs;
import io.reliablemq.concurrency.ListenerLoad;
import io.reliablemq.concurrency.ListenerTuning;
import io.reliablemq.concurrency.TunableListener;
import io.reliablemq.idempotency.MutableClock;
import io.reliablemq.listener.ListenerLimits;
import io.reliablemq.listener.ListenerPriority;
import io.reliablemq.listener.OverloadAction;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class DegradationTests {

    private static final ListenerLimits CRITICAL = limits(ListenerPriority.CRITICAL, null);

    private static final ListenerLimits LOW = limits(ListenerPriority.LOW, null);

    private static final ListenerLimits DEFERRING = limits(ListenerPriority.LOW, OverloadAction.DEFERRED);

    private static final ListenerLimits NORMAL = limits(null, OverloadAction.PAUSED);

    private final MutableClock clock = new MutableClock();

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private final List<DegradationChange> events = new ArrayList<>();

    private final Map<String, PausableListener> containers = new HashMap<>();

    private final Degradation degradation = new Degradation(
            (group) -> List.of(this.containers.computeIfAbsent(group, PausableListener::new)), this.meters,
            this.events::add, this.clock);

    private final AtomicReference<BacklogSnapshot> snapshot = new AtomicReference<>();

    private final DegradationMonitor watch = new DegradationMonitor(this.degradation, DegradationOptions.defaults(),
            () -> new BacklogProbe() {

                @Override
                public BacklogSnapshot latest() {
                    return DegradationTests.this.snapshot.get();
                }

                @Override
                public BacklogSnapshot refresh() {
                    throw new UnsupportedOperationException();
                }

            }, () -> 0.1, null, this.clock);

    @Test
    void pausesWhoIsConcernedAndAllowsIt() {
        addAll();

        this.degradation.decided(DegradationLevel.FIRST, "lag");
        assertThat(pausedBy("low")).containsExactly("degradation");
        assertThat(pausedBy("critical")).isEmpty();
        assertThat(pausedBy("deferring")).isEmpty();
        assertThat(pausedBy("normal")).isEmpty();
        assertThat(this.degradation.actionFor(DEFERRING)).isEqualTo(OverloadAction.DEFERRED);
        assertThat(this.degradation.actionFor(NORMAL)).isEqualTo(OverloadAction.NONE);

        this.degradation.decided(DegradationLevel.SECOND, "lag");
        assertThat(pausedBy("normal")).containsExactly("degradation");
        assertThat(this.degradation.actionFor(CRITICAL)).isEqualTo(OverloadAction.NONE);

        this.degradation.decided(DegradationLevel.OFF, "calm");
        assertThat(pausedBy("low")).isEmpty();
        assertThat(pausedBy("normal")).isEmpty();
        assertThat(this.degradation.actionFor(DEFERRING)).isEqualTo(OverloadAction.NONE);
    }

    @Test
    void tellsOfEachChangeOnce() {
        addAll();
        this.degradation.decided(DegradationLevel.FIRST, "lag");
        this.degradation.decided(DegradationLevel.FIRST, "lag");
        this.degradation.decided(DegradationLevel.OFF, "calm");

        assertThat(this.events).extracting(DegradationChange::to)
            .containsExactly(DegradationLevel.FIRST, DegradationLevel.OFF);
        assertThat(this.meters.counter("reliable.mq.degradation.changes", "level", "first", "forced", "false").count())
            .isOne();
        assertThat(this.meters.get("reliable.mq.degradation.level").gauge().value()).isZero();
        assertThat(this.degradation.state().changes()).hasSize(2);
    }

    @Test
    void obeysAHandUntilItLetsGo() {
        addAll();
        this.degradation.force(DegradationLevel.SECOND, "ops");
        this.degradation.decided(DegradationLevel.OFF, "calm");

        assertThat(this.degradation.level()).isEqualTo(DegradationLevel.SECOND);
        assertThat(this.degradation.state().forced()).isEqualTo(DegradationLevel.SECOND);
        assertThat(this.events).singleElement().matches(DegradationChange::forced);

        this.degradation.decided(DegradationLevel.FIRST, "lag");
        assertThat(this.degradation.release("ops").level()).isEqualTo(DegradationLevel.FIRST);
        assertThat(pausedBy("low")).isNotEmpty();
        assertThat(pausedBy("normal")).isEmpty();
    }

    @Test
    void forcesAlsoThatNobodyGivesWay() {
        addAll();
        this.degradation.decided(DegradationLevel.FIRST, "lag");
        this.degradation.force(DegradationLevel.OFF, null);

        assertThat(pausedBy("low")).isEmpty();
        this.degradation.decided(DegradationLevel.SECOND, "lag");
        assertThat(pausedBy("low")).isEmpty();
    }

    @Test
    void looksAtEachSnapshotOnce() {
        addAll();
        lag(60);
        for (int i = 0; i < 10; i++) {
            this.watch.check();
        }
        assertThat(this.degradation.level()).isEqualTo(DegradationLevel.OFF);

        for (int i = 0; i < 2; i++) {
            this.clock.advance(Duration.ofSeconds(15));
            lag(60);
            this.watch.check();
        }
        assertThat(this.degradation.level()).isEqualTo(DegradationLevel.FIRST);
    }

    @Test
    void takesAnOldOrIncompleteSnapshotForNoNews() {
        addAll();
        for (int i = 0; i < 3; i++) {
            this.clock.advance(Duration.ofSeconds(15));
            lag(60);
            this.watch.check();
        }
        assertThat(this.degradation.level()).isEqualTo(DegradationLevel.FIRST);

        for (int i = 0; i < 100; i++) {
            this.clock.advance(Duration.ofSeconds(15));
            this.watch.check();
        }
        for (int i = 0; i < 100; i++) {
            this.clock.advance(Duration.ofSeconds(15));
            this.snapshot.set(new BacklogSnapshot(this.clock.instant(), List.of(), List.of("no"), Duration.ZERO));
            this.watch.check();
        }
        assertThat(this.degradation.level()).isEqualTo(DegradationLevel.FIRST);
    }

    @Test
    void watchesOnlyWhereAListenerHasAPriority() {
        this.degradation.add("plain", ListenerLimits.none());
        this.watch.start();
        assertThat(this.watch.isRunning()).isFalse();

        this.degradation.add("critical", CRITICAL);
        this.watch.start();
        assertThat(this.watch.isRunning()).isTrue();
        this.watch.stop();
        assertThat(this.watch.isRunning()).isFalse();
    }

    private void addAll() {
        this.degradation.add("critical", CRITICAL);
        this.degradation.add("normal", NORMAL);
        this.degradation.add("low", LOW);
        this.degradation.add("deferring", DEFERRING);
    }

    private void lag(int seconds) {
        Instant now = this.clock.instant();
        this.snapshot.set(new BacklogSnapshot(now, List.of(Backlogs.of("critical", seconds), Backlogs.of("low", 10000)),
                List.of(), Duration.ZERO));
    }

    private Set<String> pausedBy(String group) {
        return this.containers.get(group).paused;
    }

    private static ListenerLimits limits(ListenerPriority priority, OverloadAction action) {
        return new ListenerLimits(priority, action, null, null);
    }

    /** Notes who wants it paused. */
    private static final class PausableListener implements TunableListener {

        private final Set<String> paused = new TreeSet<>();

        private final String group;

        PausableListener(String group) {
            this.group = group;
        }

        @Override
        public String group() {
            return this.group;
        }

        @Override
        public String topic() {
            return "orders";
        }

        @Override
        public boolean ordered() {
            return false;
        }

        @Override
        public int maxThreads() {
            return 1;
        }

        @Override
        public long cached() {
            return 0;
        }

        @Override
        public ListenerTuning tuning() {
            return ListenerTuning.none();
        }

        @Override
        public void tune(ListenerTuning changes) {
        }

        @Override
        public void pause(String by) {
            this.paused.add(by);
        }

        @Override
        public void resume(String by) {
            this.paused.remove(by);
        }

        @Override
        public Set<String> pausedBy() {
            return this.paused;
        }

        @Override
        public ListenerLoad load() {
            return new ListenerLoad(0, 0, 0, 0);
        }

    }

}
