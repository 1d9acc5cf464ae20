package io.reliablemq.throttling;

import java.time.Duration;

import io.reliablemq.InvalidConfigurationException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class RateLimitTests {

    @Test
    void spreadsTurnsOverTheSecond() {
        RateLimit limit = RateLimit.perSecond("rate", 50);
        assertThat(limit.atOnce()).isEqualTo(5);

        long last = 0;
        for (int i = 0; i < 55; i++) {
            last = limit.take(1);
        }

        assertThat(last).isBetween(Duration.ofMillis(500).toNanos(), Duration.ofMillis(1100).toNanos());
    }

    @Test
    void givesOneTurnAtATimeAtSlowRates() {
        RateLimit limit = RateLimit.perSecond("rate", 0.5);

        assertThat(limit.take(1)).isZero();
        assertThat(limit.take(1)).isBetween(Duration.ofMillis(500).toNanos(), Duration.ofSeconds(2).toNanos());
        assertThat(limit.take(1)).isBetween(Duration.ofSeconds(2).toNanos(), Duration.ofSeconds(4).toNanos());
    }

    @Test
    void takesNothingThatWouldComeTooLate() {
        RateLimit limit = RateLimit.perSecond("rate", 1);
        for (int i = 0; i < 11; i++) {
            limit.take(1);
        }

        assertThat(limit.take(1, Duration.ofSeconds(5))).isNegative();
        assertThat(limit.take(1, Duration.ofSeconds(20))).isBetween(Duration.ofSeconds(5).toNanos(),
                Duration.ofSeconds(12).toNanos());
    }

    @Test
    void refusesARateThatNeverLetsAnythingPass() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> RateLimit.perSecond("some.property", 0))
            .withMessageContaining("some.property is 0.0");
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> RateLimit.perSecond("some.property", Double.NaN));
    }

}
