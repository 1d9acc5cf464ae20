package io.reliablemq.benchmarks;

import io.reliablemq.benchmarks.report.Goal;
import io.reliablemq.benchmarks.report.Measure;

/**
 * The kinds of goals.
 */
final class Goals {

    private static final double NO_BOUND = 0;

    private Goals() {
    }

    static Goal atLeast(String id, String what, String against, String contestant, String reference, double ratio) {
        return new Goal(id, what, against, Goal.Check.RATIO_AT_LEAST, Measure.RATE, contestant, reference, ratio);
    }

    static Goal noMoreThanNoise(String id, String what, String against, Measure measure, String contestant,
            String reference) {
        return new Goal(id, what, against, Goal.Check.WITHIN_NOISE, measure, contestant, reference, NO_BOUND);
    }

    static Goal stated(String id, String what, String against, Measure measure, String contestant, String reference) {
        return new Goal(id, what, against, Goal.Check.STATED, measure, contestant, reference, NO_BOUND);
    }

}
