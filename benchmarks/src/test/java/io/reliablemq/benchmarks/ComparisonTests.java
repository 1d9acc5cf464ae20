package io.reliablemq.benchmarks;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ComparisonTests {

    private final List<String> turns = new ArrayList<>();

    @Test
    void takesTurnsInAlternatingOrderAndDoesNotCountTheFirst() throws Exception {
        Comparison comparison = new Comparison("rows", "plain", () -> turn("plain")).add("guarded",
                () -> turn("guarded"));
        assertThat(comparison.run(2).result().series()).allSatisfy(
                (series) -> assertThat(series.values().values()).allSatisfy((values) -> assertThat(values).hasSize(2)));
        assertThat(this.turns).containsExactly("plain", "plain", "guarded", "plain", "plain", "guarded", "guarded",
                "plain", "plain");
    }

    @Test
    void runsOnceAndColdInQuickMode() throws Exception {
        Scale quick = Arguments.parse(List.of("quick")).scale();
        quick.run(new Comparison("rows", "plain", () -> turn("plain")), 15);
        assertThat(this.turns).hasSize(2);
    }

    @Test
    void readsRoundsAndNames() {
        Arguments arguments = Arguments.parse(List.of("7", "send", "outbox"));
        assertThat(arguments.scale()).isEqualTo(new Scale(false, 7));
        assertThat(arguments.wants("outbox")).isTrue();
        assertThat(arguments.wants("claim")).isFalse();
        assertThat(Arguments.parse(List.of()).wants("claim")).isTrue();
        assertThat(Arguments.parse(List.of("1", "scale-out", "500")).names()).containsExactly("scale-out", "500");
    }

    private double turn(String name) {
        this.turns.add(name);
        return this.turns.size();
    }

}
