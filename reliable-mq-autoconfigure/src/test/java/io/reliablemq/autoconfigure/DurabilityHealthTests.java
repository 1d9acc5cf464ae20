package io.reliablemq.autoconfigure;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.durability.DurabilityAudit;
import io.reliablemq.rocketmq.durability.DurabilityExpectations;
import io.reliablemq.rocketmq.durability.DurabilityFinding;
import io.reliablemq.rocketmq.durability.DurabilityReport;
import io.reliablemq.rocketmq.durability.OnViolation;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DurabilityHealth}.
 */
class DurabilityHealthTests {

    private static final DurabilityFinding FINDING = new DurabilityFinding("broker-a:0", "flushDiskType", "ASYNC_FLUSH",
            "SYNC_FLUSH", "Broker broker-a acknowledges too early.");

    private static final DurabilityReport FOUND = new DurabilityReport(Instant.EPOCH, List.of("broker-a:0"),
            List.of(FINDING), Map.of());

    private static final DurabilityReport UNREADABLE = new DurabilityReport(Instant.EPOCH, List.of(), List.of(),
            Map.of("broker-a:0", "no permission"));

    @Test
    void isUnknownBeforeTheFirstAudit() {
        DurabilityHealth health = health(OnViolation.FAIL);
        assertThat(health.report()).isNull();
        assertThat(health.status(null)).isEqualTo("UNKNOWN");
        assertThat(health.details(null)).isEmpty();
    }

    @Test
    void isUnknownWhereNoBrokerCanBeAsked() {
        assertThat(health(OnViolation.WARN).status(UNREADABLE)).isEqualTo("UNKNOWN");
        assertThat(health(OnViolation.WARN).details(UNREADABLE)).containsEntry("unreadable",
                Map.of("broker-a:0", "no permission"));
    }

    @Test
    void isDownOnlyWhereTheApplicationIsToFail() {
        assertThat(health(OnViolation.FAIL).status(FOUND)).isEqualTo("DOWN");
        assertThat(health(OnViolation.WARN).status(FOUND)).isEqualTo("UP");
        assertThat(health(OnViolation.IGNORE).status(FOUND)).isEqualTo("UP");
        assertThat(health(OnViolation.WARN).details(FOUND)).containsEntry("violations", List.of(FINDING.sentence()));
    }

    private static DurabilityHealth health(OnViolation onViolation) {
        return new DurabilityHealth(new DurabilityAudit(List::of, new ListenerRegistry(),
                DurabilityExpectations.defaults(), List.of(), new SimpleMeterRegistry(), Clock.systemUTC()),
                onViolation);
    }

}
