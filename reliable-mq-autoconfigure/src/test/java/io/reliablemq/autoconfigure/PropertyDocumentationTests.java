package io.reliablemq.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every property is described, in the metadata and in the documentation.
 */
class PropertyDocumentationTests {

    private static final String METADATA = "/META-INF/spring-configuration-metadata.json";

    @Test
    void everyPropertyHasADescription() throws IOException {
        assertThat(properties()).isNotEmpty().allSatisfy((property) -> {
            String description = property.path("description").asText();
            assertThat(description).as(property.path("name").asText()).isNotBlank().doesNotStartWith("The ");
            assertThat(Character.isUpperCase(description.charAt(0))).as(description).isTrue();
        });
    }

    @Test
    void everyPropertyIsInTheDocumentation() throws IOException {
        Path documentation = Path.of("..", "docs", "configuration.md");
        if (!Files.exists(documentation)) {
            documentation = Path.of("..", "..", "docs", "configuration.md");
        }
        String text = Files.readString(documentation);
        assertThat(properties()).map((property) -> property.path("name").asText())
            .filteredOn((name) -> !name.equals("reliable-mq.listeners"))
            .allSatisfy((name) -> assertThat(text).contains("`" + name + "`"));
    }

    private static List<JsonNode> properties() throws IOException {
        try (InputStream metadata = ReliableMQProperties.class.getResourceAsStream(METADATA)) {
            List<JsonNode> properties = new ArrayList<>();
            new ObjectMapper().readTree(metadata).path("properties").forEach(properties::add);
            return properties.stream()
                .filter((property) -> property.path("name").asText().startsWith("reliable-mq."))
                .toList();
        }
    }

}
