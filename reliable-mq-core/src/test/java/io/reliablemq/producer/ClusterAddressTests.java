package io.reliablemq.producer;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class ClusterAddressTests {

    @ParameterizedTest
    @ValueSource(strings = { "b:9876;a:9876", " a:9876 , b:9876 ", "A:9876;B:9876", "http://a:9876;http://b:9876",
            "a:9876;b:9876;a:9876;", "HTTP://A:9876/; b:9876/" })
    void isTheSameHoweverTheListIsWritten(String written) {
        ClusterAddress address = address(written, null);

        assertThat(address).isEqualTo(address("a:9876;b:9876", ""));
        assertThat(address.name()).isEqualTo("a:9876;b:9876");
    }

    @ParameterizedTest
    @CsvSource({ "a:9876, , a:9876;b:9876, , true", "b:9876;c:9876, , a:9876;b:9876, , true",
            "c:9876, , a:9876, , false", "a:9876, , a:10911, , false", "a:9876, acme, A:9876, acme, true",
            "a:9876, acme, a:9876, , false", "a:9876, acme, a:9876, Acme, false",
            "[::1]:9876, , http://[::1]:9876, , true" })
    void leadsToTheSamePlaceByASharedNameServerAndOneNamespace(String one, String namespace, String other,
            String otherNamespace, boolean same) {
        ClusterAddress first = address(one, namespace);
        ClusterAddress second = address(other, otherNamespace);

        assertThat(first.leadsWhere(second)).isEqualTo(same);
        assertThat(second.leadsWhere(first)).isEqualTo(same);
        assertThat(ClusterAddress.isSame(first.name(), second.name())).isEqualTo(same);
        assertThat(ClusterAddress.ofName(first.name())).contains(first);
    }

    @Test
    void namesOfTemplatesAreTheSameOnlyIfTheyAreEqual() {
        assertThat(ClusterAddress.isSame("second", "second")).isTrue();
        assertThat(ClusterAddress.isSame("second", "Second")).isFalse();
        assertThat(ClusterAddress.isSame("default", "a:9876")).isFalse();
        assertThat(ClusterAddress.ofName("default")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = { "", " ", ";,", "http://" })
    void isNoneWithoutANameServer(String nothing) {
        assertThat(ClusterAddress.of(nothing, null)).isEmpty();
        assertThat(ClusterAddress.of(null, null)).isEmpty();
    }

    @Test
    void hasANameThatFitsWhereItIsStored() {
        String many = IntStream.range(0, 40)
            .mapToObj((i) -> "name-server-" + i + ".rocketmq.svc.cluster.local:9876")
            .collect(Collectors.joining(";"));
        ClusterAddress address = address(many, "acme");
        ClusterAddress another = address(many + ";one-more:9876", "acme");

        assertThat(address.name()).hasSizeLessThanOrEqualTo(255)
            .startsWith("name-server-0.")
            .endsWith("/acme")
            .isEqualTo(address(many, "acme").name())
            .isNotEqualTo(another.name());
        assertThat(ClusterAddress.ofName(address.name()).orElseThrow().leadsWhere(address)).isTrue();
        assertThat(ClusterAddress.isSame(address.name(), another.name())).isTrue();
    }

    private static ClusterAddress address(String nameServers, String namespace) {
        return ClusterAddress.of(nameServers, namespace).orElseThrow();
    }

}
