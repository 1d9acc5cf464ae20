package io.reliablemq.rocketmq;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import io.reliablemq.ReliableMQException;
import io.reliablemq.producer.ClusterAddress;
import io.reliablemq.rocketmq.delivery.SingleDeliveryTests;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
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

    private final ListenerRegistry registry = new ListenerRegistry();

    private final Clusters clusters = new Clusters(() -> this.producers, "http://B:9876, a:9876", this.registry);

    static Stream<Arguments> listeners() {
        return Stream.of(arguments("a:9876;b:9876", null, Set.of("default", "twin")),
                arguments("b:9876", null, Set.of("default")), arguments("b:9876, x:9876", "", Set.of("default")),
                arguments("b:9876", "acme", Set.of("tenant")), arguments("a:9876", "other", Set.of("a:9876/other")),
                arguments("c:9876", null, Set.of("second")), arguments("d:2;d:1", null, Set.of("d:1;d:2")),
                arguments(" http://C:9876/ ", null, Set.of("second")), arguments("D:2,d:1", null, Set.of("d:1;d:2")));
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

    @Test
    void storesMessagesUnderOneNameWhichTheDefaultOneIsBefore() {
        put("archive", "a:9876", null);
        put("default", "a:9876", null);
        put("second", "c:9876", null);
        put("twin", "c:9876", null);

        assertThat(this.clusters.nameOf(listener("a:9876"))).isEqualTo("default");
        assertThat(this.clusters.nameOf(listener("c:9876"))).isEqualTo("second");
        assertThat(this.clusters.nameOf(listener("D:9876"))).isEqualTo("d:9876");
    }

    @Test
    void knowsAllNamesOfACluster() {
        put("default", "a:9876", null);
        put("second", "c:9876;d:9876", null);
        DefaultMQPushConsumer consumer = listener("d:9876").container().getConsumer();

        assertThat(this.clusters.isNamed("second", consumer)).isTrue();
        assertThat(this.clusters.isNamed("d:9876", consumer)).as("before it had a template").isTrue();
        assertThat(this.clusters.isNamed("e:9876;d:9876", consumer)).isTrue();
        assertThat(this.clusters.isNamed("default", consumer)).isFalse();
        assertThat(this.clusters.isNamed("a:9876", consumer)).isFalse();
    }

    @Test
    void findsTheProducersOfAClusterTheNamedOneFirst() {
        put("archive", "a:9876", null);
        put("default", "a:9876", null);
        put("second", "c:9876", null);

        assertThat(this.clusters.producers("default")).containsExactly(this.producers.get("default"),
                this.producers.get("archive"));
        assertThat(this.clusters.producers("c:9876")).containsExactly(this.producers.get("second"));
        assertThat(this.clusters.producers("elsewhere")).isEmpty();
        assertThat(this.clusters.producer("a:9876")).isSameAs(this.producers.get("archive"));
    }

    @Test
    void isNotReachedOverAListenerThatDoesNotRun() {
        put("default", "a:9876", null);
        this.registry.add(listener("c:9876"));

        assertThatExceptionOfType(ReliableMQException.class).isThrownBy(() -> this.clusters.producer("c:9876"))
            .withMessageContaining("'c:9876'")
            .withMessageContaining("[c:9876, default]");
    }

    private static ListenerDescription listener(String nameServers) {
        return Containers.describe(new SingleDeliveryTests.TextListener(), nameServers);
    }

    @SuppressWarnings("deprecation")
    private void put(String name, String nameServers, String namespace) {
        DefaultMQProducer producer = new DefaultMQProducer("tests");
        producer.setNamesrvAddr(nameServers);
        producer.setNamespace(namespace);
        this.producers.put(name, producer);
    }

}
