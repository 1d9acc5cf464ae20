package io.reliablemq.autoconfigure;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.reliablemq.backlog.BacklogProbe;
import io.reliablemq.backlog.BacklogSnapshot;
import io.reliablemq.backlog.BacklogState;
import io.reliablemq.backlog.FlowRates;
import io.reliablemq.backlog.GroupBacklog;
import io.reliablemq.backlog.LagAccuracy;
import io.reliablemq.backlog.QueueBacklog;
import io.reliablemq.backlog.WaitingMessage;
import io.reliablemq.backlog.WatchedGroup;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.then;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;

/**
 * Tests for {@link ReliableMQBacklogEndpoint}.
 */
class ReliableMQBacklogEndpointTests {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final BacklogProbe probe = mock(BacklogProbe.class);

    private final ReliableMQBacklogEndpoint endpoint = new ReliableMQBacklogEndpoint(this.probe, Duration.ofMinutes(1),
            Clock.fixed(NOW, ZoneOffset.UTC));

    @Test
    void givesAScalerNumbersAtTheTop() {
        given(this.probe.latest()).willReturn(snapshot(NOW, true));
        JsonNode json = json(this.endpoint.group("points"));
        assertThat(json.path("lag").longValue()).isEqualTo(50);
        assertThat(json.path("lag").isNumber()).isTrue();
        assertThat(json.path("ageSeconds").doubleValue()).isEqualTo(90.5);
        assertThat(json.path("state").textValue()).isEqualTo("STALLED");
        assertThat(json.path("retry").longValue()).isEqualTo(2);
        JsonNode topic = json.path("topics").get(0);
        assertThat(topic.path("arrivalPerSecond").doubleValue()).isEqualTo(2);
        assertThat(topic.path("stalledAt").path("id").textValue()).isEqualTo("42");
        assertThat(topic.path("stalledAt").path("queue").textValue()).isEqualTo("a:3");
        assertThat(topic.path("queues").get(0).path("committed").longValue()).isEqualTo(50);
        then(this.probe).should(never()).refresh();
    }

    @Test
    void doesNotTakeWhatIsUnknownForZero() {
        given(this.probe.latest()).willReturn(snapshot(NOW, false));
        JsonNode json = json(this.endpoint.group("points"));
        assertThat(json.path("lag").isNull()).isTrue();
        assertThat(json.path("ageSeconds").isNull()).isTrue();
        assertThat(this.endpoint.group("unknown")).isNull();
    }

    @Test
    void showsEveryGroupAndWhatCouldNotBeRead() {
        given(this.probe.latest()).willReturn(snapshot(NOW, true));
        JsonNode json = json(this.endpoint.backlog());
        assertThat(json.path("groups")).hasSize(1);
        assertThat(json.path("problems").get(0).textValue()).isEqualTo("broker-b does not answer");
        assertThat(json.path("costMillis").longValue()).isEqualTo(20);
        assertThat(json.path("questions").intValue()).isEqualTo(7);
    }

    @Test
    void asksTheBrokersWhereTheLastPollIsOld() {
        given(this.probe.latest()).willReturn(BacklogSnapshot.none());
        given(this.probe.refresh()).willReturn(snapshot(NOW, true));
        assertThat(this.endpoint.group("points")).isNotNull();
    }

    private static JsonNode json(Object value) {
        return new ObjectMapper().registerModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .valueToTree(value);
    }

    private static BacklogSnapshot snapshot(Instant at, boolean complete) {
        WaitingMessage head = new WaitingMessage("AC11", 42L, "o-7 42", null, "a", 3, 50, NOW);
        QueueBacklog queue = new QueueBacklog("a", 3, 50, 8, Duration.ofMillis(90_500), 0, 100, 50, 0,
                Duration.ofMinutes(2), true, head);
        GroupBacklog backlog = new GroupBacklog("points", "orders", 50, Duration.ofMillis(90_500), BacklogState.STALLED,
                LagAccuracy.EXACT, 8, new FlowRates(2, 3), Duration.ofSeconds(50), 1, 0, Duration.ofHours(71),
                Duration.ofMinutes(2), 1, 0, List.of(queue));
        WatchedGroup group = new WatchedGroup("points", true, complete, 1, Set.of(), 2L, Duration.ofSeconds(1), 4L, 0L,
                null);
        return new BacklogSnapshot(at, List.of(backlog), List.of("broker-b does not answer"), Duration.ofMillis(20),
                List.of(group), 7);
    }

}
