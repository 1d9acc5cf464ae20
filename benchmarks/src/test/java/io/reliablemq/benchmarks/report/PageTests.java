package io.reliablemq.benchmarks.report;

import java.io.IOException;
import java.nio.file.Path;

import io.reliablemq.benchmarks.report.Goal.Check;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class PageTests {

    private static final String EXPLAINED = """
            {{missed|batches}}
            Bound by the disk: {{measured|batches}}.
            {{end}}
            {{reached|batches}}
            Fast enough.
            {{end}}
            The end.
            """;

    @Test
    void saysWhatBoundsAGoalOnlyWhereItIsMissed() {
        assertThat(page(2.5).render(EXPLAINED)).isEqualTo("Fast enough.\nThe end.\n");
        assertThat(page(3.5).render(EXPLAINED)).isEqualTo("Bound by the disk: 3.00×.\nThe end.\n");
    }

    @Test
    void saysOfAGoalInTheTableWhetherItIsReached() {
        assertThat(page(2.5).render("{{goals}}"))
            .contains("| batches | one by one | ≥ 2.50× | 3.00× | 0.90–1.10 | yes |");
        assertThat(page(3.5).render("{{goals}}"))
            .contains("| batches | one by one | ≥ 3.50× | 3.00× | 0.90–1.10 | **no** |");
    }

    @Test
    void fillsInFigures() {
        assertThat(page(1).render("{{rate|row|batches}}/s, {{ratio|row|batches}} times; {{minutes}} minutes"))
            .isEqualTo("3,000/s, 3.00 times; 12 minutes\n");
    }

    @Test
    void showsAllContestantsOfAComparison() {
        assertThat(page(1).render("{{table|row}}")).isEqualTo("""
                | rows | msg/s | min … max | ratio |
                | --- | --- | --- | --- |
                | plain | 800 | 500 … 1,000 | 1.00 |
                | plain (again: noise) | 800 | 550 … 900 | 1.00 |
                | batches | 3,000 | 1,500 … 3,200 | 3.00 |
                """);
    }

    @Test
    void saysWhatIsNotInTheRun() {
        assertThat(page(1).render("{{table|other}} {{rate|other|batches}} {{measured|other}}"))
            .isEqualTo("(not in this run) (not in this run) (not in this run)\n");
    }

    @Test
    void refusesAFieldThatItDoesNotKnow() {
        assertThatIllegalArgumentException().isThrownBy(() -> page(1).render("{{tabel|row}}"))
            .withMessageContaining("tabel|row");
    }

    @Test
    void rendersTheTemplateFromResultsThatWereWrittenAndRead(@TempDir Path folder) throws IOException {
        Report report = Results.report(Results.goal(Check.RATIO_AT_LEAST, Measure.RATE, 2.5));
        Path file = folder.resolve("target/results.json");
        report.write(file);
        Report read = Report.read(file);
        assertThat(read).isEqualTo(report);
        assertThat(new Page(read).render()).contains("| machine | 2 cores |", "≥ 2.50×").doesNotContain("{{");
    }

    private static Page page(double bound) {
        return new Page(Results.report(Results.goal(Check.RATIO_AT_LEAST, Measure.RATE, bound)));
    }

}
