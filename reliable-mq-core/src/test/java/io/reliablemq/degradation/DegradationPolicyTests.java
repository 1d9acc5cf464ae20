package io.reliablemq.degradation;

import java.time.Duration;
import java.time.Instant;

import io.reliablemq.InvalidConfigurationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Limits: 30 s, back below 10 s; 3 looks, 60 s before the second level or 120 s of lag;
 * hold 60 s. A look every 5 s.
 */
class DegradationPolicyTests {

    private final DegradationPolicy policy = new DegradationPolicy(DegradationOptions.defaults());

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void beginsOnlyWhenSeveralLooksInARowAreOver() {
        looks(2, 40);
        assertThat(check(5)).isEqualTo(DegradationLevel.OFF);
        looks(2, 40);
        assertThat(check(20)).as("between the limits breaks the row too").isEqualTo(DegradationLevel.OFF);

        looks(2, 40);
        assertThat(check(40)).isEqualTo(DegradationLevel.FIRST);
    }

    @Test
    void goesToTheSecondLevelWhenTheFirstDoesNotHelp() {
        looks(3, 40);

        assertThat(looks(11, 40)).isEqualTo(DegradationLevel.FIRST);
        assertThat(check(40)).isEqualTo(DegradationLevel.SECOND);
        assertThat(looks(100, 40)).isEqualTo(DegradationLevel.SECOND);
    }

    @Test
    void goesToTheSecondLevelSoonWhenTheLagIsSevere() {
        assertThat(looks(3, 200)).isEqualTo(DegradationLevel.FIRST);
        assertThat(looks(2, 200)).isEqualTo(DegradationLevel.FIRST);
        assertThat(check(200)).isEqualTo(DegradationLevel.SECOND);
    }

    @Test
    void staysBetweenTheLimits() {
        looks(3, 40);

        assertThat(looks(1000, 20)).isEqualTo(DegradationLevel.FIRST);
    }

    @Test
    void comesBackStepByStepAfterHoldingStill() {
        looks(6, 200);

        assertThat(looks(12, 1)).as("55 s of calm").isEqualTo(DegradationLevel.SECOND);
        assertThat(check(1)).isEqualTo(DegradationLevel.FIRST);
        assertThat(looks(11, 1)).isEqualTo(DegradationLevel.FIRST);
        assertThat(check(1)).isEqualTo(DegradationLevel.OFF);
    }

    @Test
    void startsHoldingAnewWhenTheLagComesBack() {
        looks(3, 40);
        looks(12, 1);
        check(20);

        assertThat(looks(12, 1)).isEqualTo(DegradationLevel.FIRST);
        assertThat(check(1)).isEqualTo(DegradationLevel.OFF);
    }

    @Test
    void doesNotBeginByWhatIsNotKnown() {
        assertThat(unreadable(100)).isEqualTo(DegradationLevel.OFF);
        looks(2, 40);
        assertThat(unreadable(100)).isEqualTo(DegradationLevel.OFF);
        assertThat(check(40)).as("nor is the row broken by it").isEqualTo(DegradationLevel.FIRST);
    }

    @Test
    void doesNotEndByWhatIsNotKnown() {
        looks(3, 40);

        assertThat(unreadable(1000)).isEqualTo(DegradationLevel.FIRST);
        looks(12, 1);
        unreadable(1);
        assertThat(looks(12, 1)).as("calm is counted anew").isEqualTo(DegradationLevel.FIRST);
        assertThat(check(1)).isEqualTo(DegradationLevel.OFF);
    }

    @Test
    void beginsByOneGroupThatIsOverWhileAnotherIsNotKnown() {
        for (int i = 0; i < 3; i++) {
            check(new OverloadReading(Duration.ofSeconds(40), false, 0.1));
        }

        assertThat(check(new OverloadReading(Duration.ofSeconds(1), false, 0.1))).isEqualTo(DegradationLevel.FIRST);
    }

    @Test
    void givesWayForTheProcessorsToo() {
        for (int i = 0; i < 3; i++) {
            check(new OverloadReading(null, true, 0.97));
        }
        assertThat(check(new OverloadReading(null, true, 0.9))).isEqualTo(DegradationLevel.FIRST);

        DegradationLevel level = DegradationLevel.FIRST;
        for (int i = 0; i < 13; i++) {
            level = check(new OverloadReading(null, true, 0.5));
        }
        assertThat(level).isEqualTo(DegradationLevel.OFF);
    }

    @Test
    void refusesLimitsBetweenWhichListenersWouldComeAndGo() {
        DegradationOptions d = DegradationOptions.defaults();
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> new DegradationOptions(d.interval(), d.lagTime(), d.lagTime(), 0, 0, 3, d.escalateAfter(),
                    d.escalateLagTime(), d.hold(), d.staleAfter()))
            .withMessageContaining("recover-below");
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> new DegradationOptions(d.interval(), d.lagTime(), d.recoverBelow(), 0.5, 0.5, 3,
                    d.escalateAfter(), d.escalateLagTime(), d.hold(), d.staleAfter()))
            .withMessageContaining("cpu-recover-below");
    }

    private @Nullable DegradationLevel looks(int count, int lagSeconds) {
        DegradationLevel level = null;
        for (int i = 0; i < count; i++) {
            level = check(lagSeconds);
        }
        return level;
    }

    private DegradationLevel check(int lagSeconds) {
        return check(new OverloadReading(Duration.ofSeconds(lagSeconds), true, 0.1));
    }

    private @Nullable DegradationLevel unreadable(int count) {
        DegradationLevel level = null;
        for (int i = 0; i < count; i++) {
            level = check(new OverloadReading(null, false, 0.1));
        }
        return level;
    }

    private DegradationLevel check(OverloadReading reading) {
        this.now = this.now.plusSeconds(5);
        return this.policy.check(this.now, reading);
    }

}
