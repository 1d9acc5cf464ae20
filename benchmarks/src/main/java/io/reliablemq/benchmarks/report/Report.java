package io.reliablemq.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;

/**
 * All that one run has measured.
 *
 * @param environment where and how it ran, in the order to be shown
 * @param minutes how long it took
 * @param comparisons what was compared
 */
public record Report(Map<String, String> environment, double minutes, List<ComparisonResult> comparisons) {

    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /**
     * Reads a report.
     * @param file where it was written
     * @return the report
     * @throws IOException if it cannot be read
     */
    public static Report read(Path file) throws IOException {
        return MAPPER.readValue(file.toFile(), Report.class);
    }

    /**
     * Writes the report.
     * @param file where to; its folder is made
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, MAPPER.writeValueAsString(this) + "\n");
    }

    Optional<ComparisonResult> comparison(String id) {
        return this.comparisons.stream().filter((each) -> each.id().equals(id)).findFirst();
    }

    List<Verdict> verdicts() {
        return this.comparisons.stream().flatMap((each) -> each.verdicts().stream()).toList();
    }

    Optional<Verdict> verdict(String goal) {
        return verdicts().stream().filter((each) -> each.goal().id().equals(goal)).findFirst();
    }

}
