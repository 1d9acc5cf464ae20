package io.reliablemq.benchmarks.report;

/**
 * What became of a goal.
 *
 * @param goal the goal
 * @param asked the figure that was asked for, as text
 * @param measured the figure that was measured, as text
 * @param reached whether it is good enough
 */
public record Verdict(Goal goal, String asked, String measured, boolean reached) {

    String answer() {
        if (this.goal.check() == Goal.Check.STATED) {
            return "–";
        }
        return this.reached ? "yes" : "**no**";
    }

}
