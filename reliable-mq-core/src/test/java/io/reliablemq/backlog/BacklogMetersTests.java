package io.reliablemq.backlog;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;

/**
 * Tests for {@link BacklogMeters}.
 */
class BacklogMetersTests {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final AtomicReference<Instant> now = new AtomicReference<>(NOW);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private final BacklogMeters meters = new BacklogMeters(this.registry, Duration.ofMinutes(1), clock());

    @Test
    void showWhatAPollSaw() {
        this.meters.record(snapshot(new GroupBacklog("g", "t", 7, Duration.ofMillis(1500))));
        assertThat(gauge("messages")).isEqualTo(7);
        assertThat(gauge("age")).isEqualTo(1.5);
        assertThat(gauge("arrival.rate")).isNaN();
        assertThat(gauge("time.to.drain")).isNaN();
        assertThat(this.registry.get("reliable.mq.backlog.age").gauge().getId().getBaseUnit()).isEqualTo("seconds");
        assertThat(this.registry.get("reliable.mq.backlog.consumers").tag("group", "g").gauge().value()).isEqualTo(2);
        assertThat(this.registry.get("reliable.mq.backlog.retry").tag("group", "g").gauge().value()).isEqualTo(5);
        assertThat(this.registry.get("reliable.mq.backlog.waiting.for.retry").gauge().value()).isNaN();
        assertThat(this.registry.get("reliable.mq.backlog.poll").tag("outcome", "complete").timer().count()).isOne();
    }

    @Test
    void followTheNextPoll() {
        this.meters.record(snapshot(new GroupBacklog("g", "t", 7, Duration.ZERO)));
        this.meters.record(snapshot(new GroupBacklog("g", "t", 8, Duration.ZERO)));
        assertThat(gauge("messages")).isEqualTo(8);
        assertThat(this.registry.find("reliable.mq.backlog.messages").gauges()).hasSize(1);
    }

    @Test
    void goWhenAGroupCannotBeRead() {
        this.meters.record(snapshot(new GroupBacklog("g", "t", 7, Duration.ZERO)));
        this.meters.record(new BacklogSnapshot(NOW, List.of(), List.of("Group g: no answer"), Duration.ZERO));
        assertThat(this.registry.find("reliable.mq.backlog.messages").gauge()).isNull();
        assertThat(this.registry.find("reliable.mq.backlog.consumers").gauge()).isNull();
        assertThat(this.registry.get("reliable.mq.backlog.poll").tag("outcome", "incomplete").timer().count()).isOne();
        this.meters.record(snapshot(new GroupBacklog("g", "t", 9, Duration.ZERO)));
        assertThat(gauge("messages")).isEqualTo(9);
    }

    @Test
    void sayNothingOnceThePollsHaveStopped() {
        this.meters.record(snapshot(new GroupBacklog("g", "t", 7, Duration.ZERO)));
        this.now.set(NOW.plusSeconds(62));
        assertThat(gauge("messages")).isNaN();
        this.meters.clear();
        assertThat(this.registry.find("reliable.mq.backlog.messages").gauge()).isNull();
    }

    private double gauge(String name) {
        Gauge gauge = this.registry.get("reliable.mq.backlog." + name).tag("group", "g").tag("topic", "t").gauge();
        return gauge.value();
    }

    private static BacklogSnapshot snapshot(GroupBacklog backlog) {
        WatchedGroup group = new WatchedGroup("g", true, true, 2, Set.of(), 5L, Duration.ZERO, null, 0L, null);
        return new BacklogSnapshot(NOW, List.of(backlog), List.of(), Duration.ofMillis(20), List.of(group), 3);
    }

    private Clock clock() {
        Clock clock = Mockito.mock(Clock.class);
        given(clock.instant()).willAnswer((call) -> this.now.get());
        given(clock.getZone()).willReturn(ZoneOffset.UTC);
        return clock;
    }

}
