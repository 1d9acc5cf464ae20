package io.reliablemq.docs;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * No file of the project holds a path of the machine that it was written on.
 */
class MachinePathsTests {

    private static final Set<String> GENERATED = Set.of("target", ".git", ".idea", ".vscode", ".settings");

    /** Like .gitignore. */
    private static final Pattern IGNORED = Pattern.compile(".*\\.(iml|log|args)|\\.git|\\.project|\\.classpath");

    private static final String MOST_USED = "home|root|Users|work|workspace|private|mnt";

    private static final Pattern PATH = Pattern
        .compile("(?<![\\w.:/}-])/(" + MOST_USED + ")/[\\w.-]+|\\b[C-Z]:\\\\\\w+");

    @Test
    void areNowhere() throws IOException {
        List<String> found = new ArrayList<>();
        Path root = Document.root();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {

            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return GENERATED.contains(folder.getFileName().toString()) && !folder.equals(root)
                        ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (IGNORED.matcher(file.getFileName().toString()).matches()) {
                    return FileVisitResult.CONTINUE;
                }
                for (String line : lines(file)) {
                    if (PATH.matcher(line).find()) {
                        found.add(root.relativize(file) + ": " + line.strip());
                    }
                }
                return FileVisitResult.CONTINUE;
            }

        });
        assertThat(found).isEmpty();
    }

    /** None of a file that is no text. */
    private static List<String> lines(Path file) throws IOException {
        try {
            return Files.readAllLines(file);
        }
        catch (MalformedInputException ex) {
            return List.of();
        }
    }

}
