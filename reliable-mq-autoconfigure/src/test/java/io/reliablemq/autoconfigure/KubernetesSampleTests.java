package io.reliablemq.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.convert.DurationStyle;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The files in {@code samples/kubernetes} fit together, and to the library.
 */
class KubernetesSampleTests {

    private static final String NAME = "order-service";

    /** By kind: what each may and must say on the first levels. */
    private static final Map<String, String> VERSIONS = Map.of("ConfigMap", "v1", "Service", "v1", "Deployment",
            "apps/v1", "HorizontalPodAutoscaler", "autoscaling/v2", "ScaledObject", "keda.sh/v1alpha1",
            "PodDisruptionBudget", "policy/v1");

    private static final Set<String> CONTAINER = Set.of("name", "image", "ports", "env", "volumeMounts", "startupProbe",
            "livenessProbe", "readinessProbe", "lifecycle", "resources");

    private static final Set<String> PROBE = Set.of("httpGet", "periodSeconds", "failureThreshold");

    private static final Map<String, Map<String, Object>> files = new TreeMap<>();

    private static Map<String, Object> configuration = Map.of();

    @BeforeAll
    static void read() throws IOException {
        Path folder = Path.of("..", "samples", "kubernetes");
        if (!Files.exists(folder)) {
            folder = Path.of("..", "..", "samples", "kubernetes");
        }
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.toList()) {
                try (InputStream content = Files.newInputStream(file)) {
                    files.put(file.getFileName().toString(), new Yaml().load(content));
                }
            }
        }
        configuration = new Yaml().load((String) at(files.get("configmap.yaml"), "data", "application.yml"));
    }

    @Test
    void everyFileIsAKnownKindWithAName() {
        assertThat(files).hasSizeGreaterThanOrEqualTo(7).allSatisfy((file, content) -> {
            assertThat(VERSIONS).as(file)
                .containsEntry((String) content.get("kind"), (String) content.get("apiVersion"));
            assertThat(at(content, "metadata", "name")).as(file).isEqualTo(NAME);
            assertThat(content.keySet()).as(file).isSubsetOf("apiVersion", "kind", "metadata", "spec", "data");
            assertThat(content.containsKey("spec") || content.containsKey("data")).as(file).isTrue();
        });
    }

    @Test
    void selectorsMatchTheLabelsOfThePods() {
        Object labels = at(files.get("deployment.yaml"), "spec", "template", "metadata", "labels");
        assertThat(at(files.get("deployment.yaml"), "spec", "selector", "matchLabels")).isEqualTo(labels);
        assertThat(at(files.get("pod-disruption-budget.yaml"), "spec", "selector", "matchLabels")).isEqualTo(labels);
        assertThat(at(files.get("service.yaml"), "spec", "selector")).isEqualTo(labels);
        scalers().forEach((file, scaler) -> assertThat(at(scaler, "spec", "scaleTargetRef")).as(file)
            .isEqualTo(Map.of("apiVersion", "apps/v1", "kind", "Deployment", "name", NAME)));
    }

    @Test
    void containersSayWhatTheyMay() {
        Map<String, Object> container = container();
        assertThat(container.keySet()).isEqualTo(CONTAINER);
        assertThat((String) container.get("image")).matches("[a-z-]+:[0-9.]+");
        for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
            assertThat(map(container.get(probe)).keySet()).as(probe).isSubsetOf(PROBE).contains("httpGet");
        }
        assertThat(at(container, "resources", "requests", "memory"))
            .isEqualTo(at(container, "resources", "limits", "memory"));
    }

    @Test
    void probesAndScalersAskEndpointsThatAreThereAndExposed() {
        Set<String> exposed = Set.of(((String) property("management.endpoints.web.exposure.include")).split(","));
        List<String> paths = new ArrayList<>();
        for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
            paths.add((String) at(container(), probe, "httpGet", "path"));
            assertThat(at(container(), probe, "httpGet", "port")).isEqualTo("management");
        }
        assertThat(paths).containsExactly("/actuator/health/liveness", "/actuator/health/liveness",
                "/actuator/health/readiness");
        assertThat(property("management.endpoint.health.probes.enabled")).isEqualTo(true);
        String url = (String) map(list(at(files.get("keda-json.yaml"), "spec", "triggers")).get(0).get("metadata"))
            .get("url");
        String id = ReliableMQBacklogEndpoint.class.getAnnotation(Endpoint.class).id();
        assertThat(url)
            .isEqualTo("http://" + NAME + ":" + property("management.server.port") + "/actuator/" + id + "/" + NAME);
        assertThat(exposed).contains("health", "prometheus", id);
        assertThat(portsOf(files.get("service.yaml"), "port")).contains(property("management.server.port"),
                property("server.port"));
        assertThat(list(container().get("ports")).stream().map((it) -> it.get("containerPort")))
            .containsExactlyInAnyOrder(property("server.port"), property("management.server.port"));
    }

    @Test
    void theScalerReadsAFieldThatTheEndpointHas() {
        Object field = map(list(at(files.get("keda-json.yaml"), "spec", "triggers")).get(0).get("metadata"))
            .get("valueLocation");
        assertThat(Arrays.stream(BacklogView.Group.class.getRecordComponents()).map((it) -> it.getName()))
            .contains((String) field);
    }

    @Test
    void thereAreNoMoreReplicasThanQueues() {
        int queues = (int) property("reliable-mq.topics.orders.queues");
        scalers().forEach((file, scaler) -> {
            Map<String, Object> spec = map(scaler.get("spec"));
            int most = (int) spec.getOrDefault("maxReplicas", spec.get("maxReplicaCount"));
            int least = (int) spec.getOrDefault("minReplicas", spec.get("minReplicaCount"));
            assertThat(most).as(file).isLessThanOrEqualTo(queues).isGreaterThanOrEqualTo(least);
            assertThat(least).as(file).isPositive();
        });
    }

    @Test
    void theGracePeriodIsLongerThanAllThatEnds() {
        long grace = ((Integer) at(files.get("deployment.yaml"), "spec", "template", "spec",
                "terminationGracePeriodSeconds"))
            .longValue();
        long preStop = ((Integer) at(container(), "lifecycle", "preStop", "sleep", "seconds")).longValue();
        long drain = seconds("reliable-mq.shutdown.drain-timeout");
        long web = seconds("spring.lifecycle.timeout-per-shutdown-phase");
        assertThat(grace).isGreaterThan(preStop + drain + web);
        assertThat(property("server.shutdown")).isEqualTo("graceful");
    }

    /** Properties of the library that the sample sets exist. */
    @Test
    void theConfigurationHasPropertiesThatTheLibraryKnows() throws IOException {
        Set<String> known = new TreeSet<>();
        try (InputStream metadata = ReliableMQProperties.class
            .getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            new com.fasterxml.jackson.databind.ObjectMapper().readTree(metadata)
                .path("properties")
                .forEach((it) -> known.add(it.path("name").asText()));
        }
        Map<String, Object> own = map(configuration.get("reliable-mq"));
        assertThat(own.keySet()).contains("shutdown", "topics", "listeners");
        own.forEach((name, value) -> {
            if (value instanceof Map<?, ?> group && !Set.of("topics", "listeners").contains(name)) {
                group.keySet().forEach((key) -> assertThat(known).contains("reliable-mq." + name + "." + key));
            }
        });
        map(own.get("listeners")).keySet().forEach((group) -> assertThat(group).isEqualTo("[" + NAME + "]"));
    }

    @Test
    void metricsAreTheLibrarys() {
        String messages = "reliable_mq_backlog_messages";
        Map<String, Object> external = map(list(at(files.get("hpa.yaml"), "spec", "metrics")).get(0).get("external"));
        assertThat(at(external, "metric", "name")).isEqualTo(messages);
        assertThat(at(external, "metric", "selector", "matchLabels")).isEqualTo(Map.of("group", NAME));
        assertThat((String) map(list(at(files.get("keda-prometheus.yaml"), "spec", "triggers")).get(0).get("metadata"))
            .get("query")).contains("max by (topic) (" + messages + "{group=\"" + NAME + "\"})");
    }

    private static Map<String, Map<String, Object>> scalers() {
        Map<String, Map<String, Object>> scalers = new TreeMap<>(files);
        scalers.values().removeIf((it) -> !Set.of("HorizontalPodAutoscaler", "ScaledObject").contains(it.get("kind")));
        assertThat(scalers).hasSize(3);
        return scalers;
    }

    private static Map<String, Object> container() {
        return list(at(files.get("deployment.yaml"), "spec", "template", "spec", "containers")).get(0);
    }

    private static List<Object> portsOf(Map<String, Object> service, String name) {
        return list(at(service, "spec", "ports")).stream().map((it) -> it.get(name)).toList();
    }

    private static long seconds(String property) {
        return DurationStyle.detectAndParse((String) property(property)).toSeconds();
    }

    private static Object property(String name) {
        return at(configuration, name.split("\\."));
    }

    private static Object at(Object start, String... path) {
        Object here = start;
        for (String step : path) {
            here = map(here).get(step);
            assertThat(here).as("'" + step + "' of " + String.join(".", path)).isNotNull();
        }
        return here;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object value) {
        return (Map<String, Object>) value;
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> list(Object value) {
        return (List<Map<String, Object>>) value;
    }

}
