package io.reliablemq.benchmarks.report;

import java.util.List;

import io.reliablemq.benchmarks.report.Goal.Check;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class GoalTests {

    @ParameterizedTest
    @CsvSource({ "RATIO_AT_LEAST,3,true,3.00×", "RATIO_AT_LEAST,3.001,false,3.0000×", "RATIO_AT_LEAST,3.01,false,3.00×",
            "RATIO_AT_MOST,3,true,3.00×", "RATIO_AT_MOST,2.99,false,3.00×", "AT_LEAST,3000,true,'3,000'",
            "AT_LEAST,3001,false,'3,000'", "ADDS_AT_MOST,2200,true,+2200.00 ms", "ADDS_AT_MOST,2199,false,+2200.00 ms",
            "WITHIN_NOISE,0,false,3.00×", "STATED,0,true,'3,000 against 800'" })
    void isReachedOrNot(Check check, double bound, boolean reached, String measured) {
        Verdict verdict = Results.goal(check, Measure.RATE, bound).judge(Results.comparison());
        assertThat(verdict.reached()).isEqualTo(reached);
        assertThat(verdict.measured()).isEqualTo(measured);
    }

    @Test
    void mayBeAsFarOffAsTheBaselineIsFromItself() {
        Goal goal = Results.goal(Check.WITHIN_NOISE, Measure.P99, 0);
        assertThat(goal.judge(latencies(1.2, 1.3, 0.9)).reached()).isTrue();
        assertThat(goal.judge(latencies(1.3, 1.4, 1.0)).reached()).isFalse();
    }

    private static ComparisonResult latencies(double... values) {
        return new ComparisonResult("row", "rows", "msg/s",
                List.of(Results.series("plain", Measure.P99, 1, 1, 1),
                        Results.series(Series.again("plain"), Measure.P99, 0.9, 1.25, 1),
                        Results.series("batches", Measure.P99, values)),
                List.of());
    }

    @Test
    void isNotReachedByWhatWasNotMeasured() {
        assertThat(Results.goal(Check.RATIO_AT_LEAST, Measure.P50, 0).judge(Results.comparison()).reached()).isFalse();
    }

    @Test
    void namesTheContestantThatIsMissing() {
        Goal goal = new Goal("x", "x", "x", Check.STATED, Measure.RATE, "nobody", "plain", 0);
        assertThatIllegalArgumentException().isThrownBy(() -> goal.judge(Results.comparison()))
            .withMessageContaining("nobody")
            .withMessageContaining("plain");
    }

}
