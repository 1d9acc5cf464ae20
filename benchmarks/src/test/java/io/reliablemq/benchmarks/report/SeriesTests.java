package io.reliablemq.benchmarks.report;

import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SeriesTests {

    @Test
    void takesTheMiddleRound() {
        Series series = Results.series("plain", 30, 10, 20);
        assertThat(series.median(Measure.RATE)).isEqualTo(20);
        assertThat(series.min(Measure.RATE)).isEqualTo(10);
        assertThat(series.max(Measure.RATE)).isEqualTo(30);
    }

    @Test
    void takesTheMeanOfTheTwoMiddleRounds() {
        assertThat(Series.median(List.of(1.0, 40.0, 3.0, 2.0))).isEqualTo(2.5);
        assertThat(Series.median(List.of())).isNaN();
    }

    @Test
    void comparesRoundByRound() {
        // The medians alone would say 2000 / 1000.
        Series plain = Results.series("plain", 1000, 100, 4000);
        Series guarded = Results.series("guarded", 2000, 50, 2000);
        assertThat(guarded.ratiosTo(plain, Measure.RATE)).containsExactly(2.0, 0.5, 0.5);
        assertThat(guarded.ratioTo(plain, Measure.RATE)).isEqualTo(0.5);
    }

    @Test
    void readsPercentilesOfTimes() {
        long[] nanos = new long[200];
        for (int i = 0; i < nanos.length; i++) {
            nanos[i] = (200 - i) * 1_000_000L;
        }
        assertThat(Sample.latencies(nanos).values()).containsEntry(Measure.P50, 101.0)
            .containsEntry(Measure.P99, 199.0);
    }

}
