package io.reliablemq.concurrency;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

import io.reliablemq.ReliableMQException;
import io.reliablemq.concurrency.AdaptiveDecision.Kind;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

class AdaptiveConcurrencyTests {

    private final FakeListener listener = new FakeListener("g", 20);

    private final ListenerControl control = new ListenerControl(() -> List.of(this.listener));

    private final AtomicLong nanos = new AtomicLong();

    private final AdaptiveListener adapted = new AdaptiveListener(this.listener, new ThreadRange(1, 64),
            AdaptiveOptions.defaults(), () -> 0.1, this.nanos::get, Clock.systemUTC());

    @Test
    void triesMoreThreadsAndSaysWhy() {
        for (int second = 0; second < 3; second++) {
            look(200);
        }

        assertThat(this.listener.threads()).isEqualTo(40);
        assertThat(this.adapted.decisions().all()).singleElement().satisfies((decision) -> {
            assertThat(decision.group()).isEqualTo("g");
            assertThat(decision.from()).isEqualTo(20);
            assertThat(decision.to()).isEqualTo(40);
            assertThat(decision.kind()).isEqualTo(Kind.TRY_MORE);
            assertThat(decision.reason()).contains("200/s");
        });
    }

    @Test
    void beginsAgainFromWhereSomebodyElsePutIt() {
        look(200);
        this.listener.tune(ListenerTuning.none().withThreads(5));
        look(200);

        assertThat(this.listener.threads()).isEqualTo(5);
        assertThat(this.adapted.decisions().all()).first()
            .satisfies((decision) -> assertThat(decision.kind()).isEqualTo(Kind.OVERRIDDEN));
    }

    @Test
    void leavesAPausedListenerAlone() {
        this.listener.pause("operator");
        for (int second = 0; second < 10; second++) {
            look(200);
        }

        assertThat(this.listener.threads()).isEqualTo(20);
    }

    @Test
    void movesAListenerIntoItsRangeAtOnce() {
        FakeListener wide = new FakeListener("wide", 50);
        new AdaptiveListener(wide, new ThreadRange(2, 8), AdaptiveOptions.defaults(), () -> -1, this.nanos::get,
                Clock.systemUTC());

        assertThat(wide.threads()).isEqualTo(8);
    }

    @Test
    void keepsTheLastDecisionsOnly() {
        DecisionHistory ring = new DecisionHistory();
        for (int number = 1; number <= 60; number++) {
            ring.add(new AdaptiveDecision(Clock.systemUTC().instant(), "g", "t", number, number + 1, Kind.GROW, ""));
        }

        assertThat(ring.all()).hasSize(50);
        assertThat(ring.all().get(0).from()).as("the newest first").isEqualTo(60);
    }

    @Test
    void runsByItselfUntilItIsStopped() {
        this.listener.ratePerLook = 500;
        AdaptiveConcurrency loop = new AdaptiveConcurrency(this.control, (it) -> Optional.of(new ThreadRange(1, 64)),
                new AdaptiveOptions(Duration.ofMillis(100), 0.1, 0.9), () -> 0.1, Clock.systemUTC());
        loop.start();
        try {
            await().until(() -> !loop.decisions("g").isEmpty());
            assertThat(loop.isRunning()).isTrue();
        }
        finally {
            loop.stop();
        }
        assertThat(loop.isRunning()).isFalse();
    }

    @Test
    void hasNothingToDoWithoutAdaptiveListeners() {
        AdaptiveConcurrency loop = new AdaptiveConcurrency(this.control, (it) -> Optional.empty(),
                AdaptiveOptions.defaults(), new ProcessorLoad(), Clock.systemUTC());
        loop.start();

        assertThat(loop.isRunning()).isFalse();
        assertThat(loop.decisions("g")).isEmpty();
    }

    @Test
    void controlNamesTheGroupsThereAre() {
        this.control.tune("g", ListenerTuning.none().withThreads(3));
        this.control.pause("g", "operator");

        assertThat(this.listener.threads()).isEqualTo(3);
        assertThat(this.control.find("g").get(0).pausedBy()).containsExactly("operator");
        assertThatExceptionOfType(ReliableMQException.class).isThrownBy(() -> this.control.pause("x", "operator"))
            .withMessageContaining("'x'")
            .withMessageContaining("[g]");
    }

    private void look(int rate) {
        this.nanos.addAndGet(1_000_000_000L);
        this.listener.ratePerLook = rate;
        this.adapted.look();
    }

}
