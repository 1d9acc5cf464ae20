package io.reliablemq.docs;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.config.YamlPropertiesFactoryBean;
import org.springframework.core.io.ByteArrayResource;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The names and links in the documents are those of the code.
 */
class DocumentsTests {

    private static final Pattern LINK = Pattern.compile("\\[[^\\]\n]*\\]\\(([^)#\\s]+)(?:#[^)\\s]*)?\\)");

    /** Of what an application may use and this project does not. */
    private static final Set<String> ELSEWHERE = Set.of("SqlSessionTemplate", "SqlSessionFactory",
            "JpaTransactionManager", "JpaDialect", "PostCommitInsertEventListener", "PostInsertEventListener",
            "TriggerAuthentication");

    private final List<Document> documents = Document.all();

    private final String sources = sources();

    @Test
    void linksLeadSomewhere() {
        List<String> broken = new ArrayList<>();
        for (Document document : this.documents) {
            Path folder = Document.root().resolve(document.path()).getParent();
            LINK.matcher(document.prose())
                .results()
                .map((match) -> match.group(1))
                .filter((target) -> !target.contains("://"))
                .filter((target) -> !Files.exists(folder.resolve(target)))
                .forEach((target) -> broken.add(document.path() + ": " + target));
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void propertiesExist() throws IOException {
        Set<String> known = properties();
        assertThat(known).contains("reliable-mq.enabled");
        assertThat(unknown("reliable-mq\\.[a-z][^\\s=:*…]*[a-z]",
                (name) -> isProperty(known, name) || this.sources.contains('"' + name + '"')))
            .isEmpty();
    }

    @Test
    void propertiesOfExamplesExist() throws IOException {
        Set<String> known = properties();
        List<String> unknown = new ArrayList<>();
        for (Document document : this.documents) {
            for (Document.Block block : document.blocks("yaml")) {
                yaml(block).stringPropertyNames()
                    .stream()
                    .filter((name) -> name.startsWith("reliable-mq.") && !isProperty(known, name))
                    .forEach((name) -> unknown.add(block + ": " + name));
            }
        }
        assertThat(unknown).isEmpty();
    }

    @Test
    void metersExist() {
        assertThat(unknown("reliable\\.mq\\.[a-z.]+[a-z]", this::isMeter)).isEmpty();
    }

    @Test
    void testsAndTypesExist() throws IOException {
        Set<String> types = types();
        assertThat(unknown("@?(?:[A-Z][a-z0-9]+){2,}(?:IT|Q|MQ)?",
                (name) -> types.contains(name.replace("@", "")) || ELSEWHERE.contains(name)))
            .isEmpty();
    }

    @Test
    void tablesAndEndpointsExist() {
        assertThat(unknown("reliable_mq_[a-z_]+|reliablemq[a-z]+",
                (name) -> this.sources.contains('"' + name + '"') || this.sources.contains(" " + name + " ")
                        || this.sources.contains("\"" + name.replace("reliable_mq_", "") + '"')))
            .isEmpty();
    }

    /** Some are composed of a prefix and their own name. */
    private boolean isMeter(String name) {
        int end = name.lastIndexOf('.') + 1;
        return this.sources.contains('"' + name + '"') || (this.sources.contains('"' + name.substring(0, end) + '"')
                && this.sources.contains('"' + name.substring(end) + '"'));
    }

    private List<String> unknown(String shape, Predicate<String> known) {
        Pattern pattern = Pattern.compile(shape);
        List<String> names = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        for (Document document : this.documents) {
            for (String name : document.names()) {
                if (pattern.matcher(name).matches()) {
                    names.add(name);
                    if (!known.test(name)) {
                        unknown.add(document.path() + ": " + name);
                    }
                }
            }
        }
        assertThat(names).as("names like %s", shape).isNotEmpty();
        return unknown;
    }

    /** Those of a map's entries stand for any key. */
    private static boolean isProperty(Set<String> known, String name) {
        String plain = name.replaceAll("\\.<\\w+>", ".*")
            .replaceAll("\\.?\"?\\[[^\\]]*\\]\"?", ".*")
            .replaceAll("\\[\\d+\\]$", "");
        return known.stream()
            .anyMatch((property) -> property.equals(plain) || property.startsWith(plain + ".")
                    || plain.startsWith(property + ".*")
                    || (plain.startsWith("reliable-mq.listeners.") && property.equals("reliable-mq.listeners")));
    }

    private static Set<String> properties() throws IOException {
        Set<String> names = new TreeSet<>();
        for (URL metadata : Collections
            .list(DocumentsTests.class.getClassLoader().getResources("META-INF/spring-configuration-metadata.json"))) {
            try (InputStream stream = metadata.openStream()) {
                for (JsonNode property : new ObjectMapper().readTree(stream).path("properties")) {
                    names.add(property.path("name").asText());
                }
            }
        }
        return names;
    }

    private static Properties yaml(Document.Block block) {
        YamlPropertiesFactoryBean yaml = new YamlPropertiesFactoryBean();
        yaml.setResources(new ByteArrayResource(block.text().getBytes(UTF_8), block.toString()));
        return yaml.getObject();
    }

    /** Of this project and of everything it is tested with. */
    private static Set<String> types() throws IOException {
        Set<String> names = sourceFiles().map((file) -> file.getFileName().toString().replace(".java", ""))
            .collect(Collectors.toCollection(TreeSet::new));
        names.addAll(Classes.simpleNames());
        return names;
    }

    private static String sources() {
        try {
            StringBuilder text = new StringBuilder();
            for (Path file : sourceFiles().filter((file) -> file.toString().contains("/src/main/")).toList()) {
                text.append(Files.readString(file));
            }
            return text.toString();
        }
        catch (IOException ex) {
            throw new IllegalStateException(ex);
        }
    }

    private static Stream<Path> sourceFiles() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(Document.root())) {
            files = all.filter((file) -> file.toString().matches(".*/src/.*\\.(java|sql)")).toList();
        }
        return files.stream();
    }

}
