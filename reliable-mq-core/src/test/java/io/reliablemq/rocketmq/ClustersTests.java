package io.reliablemq.rocketmq;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import io.reliablemq.ReliableMQException;
import io.reliablemq.producer.ClusterAddress;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

class ClustersTests {

    private final Map<String, DefaultMQProducer> producers = new LinkedHashMap<>();

    private final Clusters clusters = new Clusters(() -> this.producers, "a:9876;b:9876");

    static Stream<Arguments> listeners() {
        return Stream.of(arguments("a:9876;b:9876", null, Set.of("default", "twin")),
                arguments("b:9876", null, Set.of("default")), arguments("b:9876, x:9876", "", Set.of("default")),
                arguments("b:9876", "acme", Set.of("tenant")), arguments("a:9876", "other", Set.of("a:9876/other")),
                arguments("c:9876", null, Set.of("second")), arguments("d:2;d:1", null, Set.of("d:1;d:2")));
    }

    @ParameterizedTest
    @MethodSource("listeners")
    void namesAListenersClusterByTheTemplatesThatLeadThere(String nameServers, String namespace, Set<String> names) {
        put("default", "a:9876;b:9876", null);
        put("twin", "a:9876", null);
        put("tenant", "b:9876", "acme");
        put("second", "c:9876", null);

        assertThat(this.clusters.namesOf(ClusterAddress.of(nameServers, namespace).orElseThrow())).isEqualTo(names);
    }

    @Test
    void takesTheNameServersOfThePropertiesWhereNothingIsSent() {
        assertThat(this.clusters.namesOf(ClusterAddress.of("b:9876", "acme").orElseThrow())).containsExactly("default");
        assertThat(this.clusters.namesOf(ClusterAddress.of("c:9876", null).orElseThrow())).containsExactly("c:9876");
    }

    @Test
    void saysWhichTemplateIsMissing() {
        put("default", "a:9876", null);

        assertThatExceptionOfType(ReliableMQException.class).isThrownBy(() -> this.clusters.producer("second"))
            .withMessageContaining("'second'")
            .withMessageContaining("[default]");
    }

    @SuppressWarnings("deprecation")
    private void put(String name, String nameServers, String namespace) {
        DefaultMQProducer producer = new DefaultMQProducer("tests");
        producer.setNamesrvAddr(nameServers);
        producer.setNamespace(namespace);
        this.producers.put(name, producer);
    }

}
