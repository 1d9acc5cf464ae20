package io.reliablemq.concurrency;

import java.util.function.IntToDoubleFunction;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class ThreadSearchTests {

    /** Each thread does ten a second, until there are too many. */
    private static IntToDoubleFunction knee(int threads) {
        return (now) -> 10.0 * Math.min(now, threads);
    }

    /** As before, and beyond that ever less. */
    private static IntToDoubleFunction collapse(int threads) {
        return (now) -> (now <= threads) ? 10.0 * now : 10.0 * threads * threads * threads / now / now;
    }

    @Test
    void growsToTheKneeOfAListenerThatWaitsForOthers() {
        SimulatedListener listener = new SimulatedListener(1, 400, 20, knee(100)).run(60);

        assertThat(listener.rate()).as("over a minute from 20 threads").isGreaterThan(1000 / 1.3);
        assertThat(listener.run(300).rate()).isGreaterThan(930);
        assertThat(listener.threads()).isBetween(90, 160);
    }

    @Test
    void growsToTheMaximumWhereThereIsNoKnee() {
        SimulatedListener listener = new SimulatedListener(1, 200, 20, knee(10_000)).run(60);

        assertThat(listener.rate()).isGreaterThan(2000 / 1.3);
        assertThat(listener.run(300).rate()).isGreaterThan(1860);
    }

    @Test
    void takesThreadsAwayFromAListenerThatComputes() {
        SimulatedListener listener = new SimulatedListener(1, 64, 20, (threads) -> 500.0 * Math.min(2, threads));
        listener.cpu = (threads) -> (threads >= 2) ? 0.97 : 0.5;

        listener.run(100);
        assertThat(listener.most()).as("at any time").isLessThanOrEqualTo(20);

        listener.run(300);
        assertThat(listener.meanThreads()).isBetween(1.5, 4.0);
        assertThat(listener.rate()).isGreaterThan(850);
    }

    @Test
    void findsTheSameWithoutKnowingTheProcessors() {
        SimulatedListener listener = new SimulatedListener(1, 64, 20, (threads) -> 500.0 * Math.min(2, threads));
        listener.cpu = (threads) -> -1;

        listener.run(400);

        assertThat(listener.threads()).isLessThanOrEqualTo(8);
        assertThat(listener.rate()).isGreaterThan(940);
    }

    @Test
    void staysBelowWhereADownstreamCollapses() {
        SimulatedListener listener = new SimulatedListener(1, 200, 20, collapse(50)).run(200);

        SimulatedListener later = listener.run(300);

        assertThat(later.rate()).as("of 500").isGreaterThan(425);
        assertThat(later.threads()).isBetween(38, 55);
    }

    @Test
    void givesWayToABurstOfErrorsAndComesBack() {
        SimulatedListener listener = new SimulatedListener(2, 200, 20, knee(100)).run(120);
        int before = listener.threads();
        listener.errors = (threads) -> 0.5;
        listener.run(20);
        assertThat(listener.threads()).isLessThan(before / 4);

        listener.errors = (threads) -> 0;
        listener.run(60);

        assertThat(listener.threads()).isGreaterThan(before * 3 / 4);
    }

    @Test
    void learnsThatSomeErrorsAreUsual() {
        SimulatedListener listener = new SimulatedListener(1, 200, 20, knee(100));
        listener.errors = (threads) -> 0.08;

        assertThat(listener.run(120).threads()).isGreaterThan(90);
    }

    @Test
    void doesNotStayDownForErrorsThatThreadsDoNotCause() {
        SimulatedListener listener = new SimulatedListener(1, 200, 20, knee(100)).run(60);
        listener.errors = (threads) -> 0.5;

        assertThat(listener.run(1000).threads()).isGreaterThan(50);
    }

    @Test
    void changesNothingWhileNothingWaits() {
        SimulatedListener listener = new SimulatedListener(1, 200, 20, knee(100));
        listener.arrivals = 150;

        listener.run(300);

        assertThat(listener.threads()).isEqualTo(20);
        assertThat(listener.changes()).isZero();
    }

    @Test
    void growsOnceABacklogComes() {
        SimulatedListener listener = new SimulatedListener(1, 200, 20, knee(100));
        listener.arrivals = 150;
        listener.run(100);
        listener.arrivals = Double.POSITIVE_INFINITY;

        assertThat(listener.run(60).rate()).isGreaterThan(1000 / 1.3);
    }

    @ParameterizedTest
    @ValueSource(doubles = { 0.05, 0.1, 0.2 })
    void isNotLedAstrayByNoise(double noise) {
        SimulatedListener waiting = new SimulatedListener(1, 400, 20, knee(100));
        waiting.noise = noise;
        assertThat(waiting.run(100).run(600).rate()).as("waits for others").isGreaterThan(850);
        assertThat(waiting.most()).isLessThan(400);

        SimulatedListener fragile = new SimulatedListener(1, 200, 20, collapse(50));
        fragile.noise = noise;
        assertThat(fragile.run(100).run(600).rate()).as("collapses").isGreaterThan(370);
    }

    @Test
    void followsADownstreamThatBecomesSlower() {
        SimulatedListener listener = new SimulatedListener(1, 200, 20, knee(100)).run(120);
        listener.capacity = collapse(40);

        listener.run(120);

        assertThat(listener.run(200).rate()).as("of 400").isGreaterThan(330);
    }

    @Test
    void restsMoreThanItTries() {
        SimulatedListener listener = new SimulatedListener(1, 200, 20, knee(100)).run(200);

        assertThat(listener.run(300).changes()).isLessThan(60);
    }

}
