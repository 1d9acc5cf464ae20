package io.reliablemq.autoconfigure;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.reliablemq.backlog.BacklogProbe;
import io.reliablemq.backlog.BacklogSnapshot;
import io.reliablemq.backlog.BacklogState;
import io.reliablemq.backlog.GroupBacklog;
import io.reliablemq.backlog.LagAccuracy;
import io.reliablemq.backlog.WatchedGroup;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link BacklogHealth}.
 */
class BacklogHealthTests {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private static final ReliableMQProperties.Backlog PROPERTIES = new ReliableMQProperties.Backlog(true,
            Duration.ofSeconds(15), Duration.ofSeconds(30), Duration.ofMinutes(1),
            new ReliableMQProperties.Backlog.Health(10L, Duration.ofMinutes(2), Duration.ofMinutes(5)),
            Map.of("strict", new ReliableMQProperties.Backlog.Watched(List.of(), 3L, null, null)));

    private final BacklogHealth health = new BacklogHealth(mock(BacklogProbe.class), PROPERTIES,
            Clock.fixed(NOW, ZoneOffset.UTC));

    @Test
    void isUpWithinTheLimits() {
        BacklogSnapshot snapshot = snapshot(NOW, true, Set.of(), stalled("g", 10, Duration.ofMinutes(5)));
        assertThat(this.health.status(snapshot)).isEqualTo("UP");
        assertThat(this.health.details(snapshot)).containsEntry("exceeded", List.of())
            .containsEntry("groups", Map.of("g on t", "STALLED: 10 messages, the oldest 60 s old"));
    }

    @Test
    void isDownBeyondThem() {
        assertThat(this.health.status(snapshot(NOW, true, Set.of(), stalled("g", 11, Duration.ZERO))))
            .isEqualTo("DOWN");
        assertThat(this.health.status(snapshot(NOW, true, Set.of(), stalled("g", 1, Duration.ofMinutes(6)))))
            .isEqualTo("DOWN");
        assertThat(this.health
            .status(snapshot(NOW, true, Set.of(), new GroupBacklog("g", "t", 1, Duration.ofSeconds(121)))))
            .isEqualTo("DOWN");
    }

    @Test
    void holdsGroupsOfOtherServicesToTheirOwnLimitsOnly() {
        assertThat(this.health.status(snapshot(NOW, false, Set.of(), stalled("g", 11, Duration.ofHours(1)))))
            .isEqualTo("UP");
        assertThat(this.health.status(snapshot(NOW, false, Set.of(), stalled("strict", 4, Duration.ZERO))))
            .isEqualTo("DOWN");
    }

    @Test
    void doesNotBlameAListenerThatIsPausedForStandingStill() {
        assertThat(this.health.status(snapshot(NOW, true, Set.of("degradation"), stalled("g", 1, Duration.ofHours(1)))))
            .isEqualTo("UP");
        assertThat(this.health.status(snapshot(NOW, true, Set.of("degradation"), stalled("g", 11, Duration.ZERO))))
            .isEqualTo("DOWN");
    }

    @Test
    void isUnknownBeforeTheFirstPollAndWhenPollsHaveStopped() {
        assertThat(this.health.status(BacklogSnapshot.none())).isEqualTo("UNKNOWN");
        assertThat(this.health.status(snapshot(NOW.minusSeconds(120), true, Set.of(), stalled("g", 1, Duration.ZERO))))
            .isEqualTo("UNKNOWN");
        assertThat(this.health.status(new BacklogSnapshot(NOW, List.of(), List.of("no answer"), Duration.ZERO)))
            .isEqualTo("UNKNOWN");
    }

    private static GroupBacklog stalled(String group, long messages, Duration stalledFor) {
        return new GroupBacklog(group, "t", messages, Duration.ofMinutes(1), BacklogState.STALLED, LagAccuracy.EXACT, 0,
                null, null, 1, 0, null, stalledFor, 1, 0, List.of());
    }

    private static BacklogSnapshot snapshot(Instant at, boolean own, Set<String> pausedBy, GroupBacklog backlog) {
        return new BacklogSnapshot(at, List.of(backlog), List.of(), Duration.ZERO,
                List.of(new WatchedGroup(backlog.group(), own, true, 1, pausedBy, 0L, Duration.ZERO, null, null, null)),
                1);
    }

}
