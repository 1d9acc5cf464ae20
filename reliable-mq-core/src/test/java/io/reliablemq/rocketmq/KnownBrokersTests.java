package io.reliablemq.rocketmq;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class KnownBrokersTests {

    private final KnownBrokers brokers = new KnownBrokers();

    private long now;

    @Test
    void asksForATopicWithoutARouteUntilItHasOne() {
        assertThat(missing(Map.of("orders", Set.of("a"), "%RETRY%g", Set.of()))).containsExactly("%RETRY%g");
        assertThat(missing(Map.of("orders", Set.of("a"), "%RETRY%g", Set.of()))).containsExactly("%RETRY%g");
        assertThat(missing(Map.of("orders", Set.of("a"), "%RETRY%g", Set.of("a")))).isEmpty();
    }

    @Test
    void asksForABrokerThatWentAwayUntilItIsBack() {
        assertThat(missing(Map.of("orders", Set.of("a", "b")))).isEmpty();
        assertThat(missing(Map.of("orders", Set.of("b")))).containsExactly("orders");
        assertThat(missing(Map.of("orders", Set.of("b", "c")))).containsExactly("orders");
        assertThat(missing(Map.of("orders", Set.of("a", "b", "c")))).isEmpty();
        assertThat(missing(Map.of("orders", Set.of("a", "b")))).containsExactly("orders");
    }

    @Test
    void asksLessOftenTheLongerItLasts() {
        int asked = 0;
        for (int second = 0; second < 3600; second++) {
            asked += missing(Map.of("orders", Set.of())).size();
        }
        assertThat(asked).isBetween(360, 500);
    }

    @Test
    void missesNoBrokerForEver() {
        missing(Map.of("orders", Set.of("a", "b")));
        missing(Map.of("orders", Set.of("b")));
        this.now += Duration.ofHours(1).toNanos();

        assertThat(missing(Map.of("orders", Set.of("b")))).isEmpty();
        assertThat(missing(Map.of("orders", Set.of("b")))).isEmpty();
    }

    private List<String> missing(Map<String, Set<String>> known) {
        List<String> missing = this.brokers.missing(known, this.now);
        this.now += Duration.ofSeconds(1).toNanos();
        return missing;
    }

}
