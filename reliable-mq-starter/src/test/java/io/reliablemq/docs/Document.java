package io.reliablemq.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A document of the project: its prose, and its blocks of code.
 *
 * @param path from the project's root
 * @param prose everything but the blocks
 * @param blocks in their order
 */
record Document(Path path, String prose, List<Block> blocks) {

    private static final Pattern CODE = Pattern.compile("`([^`\n]+)`");

    /**
     * A fenced block.
     *
     * @param document where it is
     * @param line its first line
     * @param language what its fence says
     * @param text its lines
     */
    record Block(Path document, int line, String language, String text) {

        @Override
        public String toString() {
            return this.document + ":" + this.line;
        }

    }

    /** The folder of the whole project, from a module's folder. */
    static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("CONTRIBUTING.md"))) {
            folder = folder.getParent();
        }
        return folder;
    }

    static List<Document> all() {
        try (Stream<Path> docs = Files.walk(root().resolve("docs"))) {
            return Stream.concat(Stream.of(root().resolve("README.md"), root().resolve("CONTRIBUTING.md")), docs)
                .filter((file) -> file.toString().endsWith(".md"))
                .sorted()
                .map(Document::read)
                .toList();
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private static Document read(Path file) {
        Path path = root().relativize(file);
        StringBuilder prose = new StringBuilder();
        List<Block> blocks = new ArrayList<>();
        StringBuilder block = new StringBuilder();
        String language = null;
        int start = 0;
        int line = 0;
        for (String text : lines(file)) {
            line++;
            if (!text.startsWith("```")) {
                ((language != null) ? block : prose).append(text).append('\n');
            }
            else if (language == null) {
                language = text.substring(3);
                start = line + 1;
            }
            else {
                blocks.add(new Block(path, start, language, block.toString()));
                block.setLength(0);
                language = null;
            }
        }
        return new Document(path, prose.toString(), blocks);
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    List<Block> blocks(String language) {
        return this.blocks.stream().filter((block) -> block.language().equals(language)).toList();
    }

    /** What the prose writes as code. */
    List<String> names() {
        return CODE.matcher(this.prose).results().map((match) -> match.group(1)).toList();
    }

}
