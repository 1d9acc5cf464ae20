package io.reliablemq.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What users run or read uses only what is made for users: API and SPI of core. Core's
 * ArchitectureTests keep the rest of the border.
 */
class BorderTests {

    private static final Path CORE = Document.root().resolve("reliable-mq-core/src/main/java");

    private static final Pattern IMPORT = Pattern
        .compile("^import (?:static )?(io\\.reliablemq(?:\\.[a-z]+)*\\.[A-Z]\\w*)", Pattern.MULTILINE);

    @ParameterizedTest
    @ValueSource(strings = { "samples", "reliable-mq-test/src/main/java" })
    void isKeptBy(String place) throws IOException {
        List<Path> used;
        try (Stream<Path> files = Files.walk(Document.root().resolve(place))) {
            used = files.filter((file) -> file.toString().endsWith(".java"))
                .flatMap((file) -> IMPORT.matcher(read(file)).results())
                .map((match) -> CORE.resolve(match.group(1).replace('.', '/') + ".java"))
                .filter(Files::exists)
                .distinct()
                .toList();
        }
        assertThat(used).isNotEmpty().allSatisfy(BorderTests::isForUsers);
    }

    @Test
    void isKeptByTheExamplesOfTheDocuments() throws IOException {
        List<String> words = Document.all()
            .stream()
            .flatMap((document) -> document.blocks().stream())
            .filter((block) -> block.language().equals("java"))
            .flatMap((block) -> Pattern.compile("\\b[A-Z]\\w+").matcher(block.text()).results())
            .map(MatchResult::group)
            .distinct()
            .toList();
        List<Path> used;
        try (Stream<Path> files = Files.walk(CORE)) {
            used = files.filter((file) -> words.contains(file.getFileName().toString().replace(".java", ""))).toList();
        }
        assertThat(used).isNotEmpty().allSatisfy(BorderTests::isForUsers);
    }

    private static void isForUsers(Path type) {
        assertThat(read(type.resolveSibling("package-info.java"))).as("%s", type).doesNotStartWith("/**\n * internal");
        assertThat(read(type)).as("%s", type).doesNotContain("\n@Internal\n");
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

}
