package io.reliablemq.producer;

import java.time.Duration;
import java.util.Optional;

import io.reliablemq.InvalidConfigurationException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class BackoffTests {

    private final Backoff backoff = Backoff.defaults();

    @Test
    void growsUpToItsMaximum() {
        assertThat(this.backoff.after(1, 0.5)).isEqualTo(Duration.ofMillis(100));
        assertThat(this.backoff.after(2, 0.5)).isEqualTo(Duration.ofMillis(200));
        assertThat(this.backoff.after(5, 0.5)).isEqualTo(Duration.ofMillis(1600));
        assertThat(this.backoff.after(6, 0.5)).isEqualTo(Duration.ofSeconds(2));
        assertThat(this.backoff.after(Integer.MAX_VALUE, 0.5)).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void variesByItsJitterInBothDirections() {
        assertThat(this.backoff.after(1, 0)).isEqualTo(Duration.ofMillis(80));
        assertThat(this.backoff.after(1, 1)).isEqualTo(Duration.ofMillis(120));
    }

    @Test
    void endsAfterTheLastAttempt() {
        SendRetryPolicy policy = SendRetryPolicy.exponential(4, this.backoff);

        assertThat(policy.nextDelay(attempt(3)))
            .hasValueSatisfying((delay) -> assertThat(delay).isBetween(Duration.ofMillis(320), Duration.ofMillis(480)));
        assertThat(policy.nextDelay(attempt(4))).isEqualTo(Optional.empty());
    }

    @Test
    void refusesValuesThatMakeNoSense() {
        refused(() -> new Backoff(Duration.ofMillis(-1), 2, Duration.ofSeconds(1), 0), "backoff.initial");
        refused(() -> new Backoff(Duration.ofMillis(1), 0.5, Duration.ofSeconds(1), 0), "backoff.multiplier");
        refused(() -> new Backoff(Duration.ofMillis(1), Double.NaN, Duration.ofSeconds(1), 0), "backoff.multiplier");
        refused(() -> new Backoff(Duration.ofSeconds(2), 2, Duration.ofSeconds(1), 0), "backoff.max");
        refused(() -> new Backoff(Duration.ofMillis(1), 2, Duration.ofSeconds(1), 1.1), "backoff.jitter");
    }

    private static FailedAttempt attempt(int number) {
        return new FailedAttempt(number, Duration.ZERO, "orders",
                new AttemptResult.Stored(FakeTransport.QUEUE, StorageStatus.STORED));
    }

    private static void refused(Runnable creation, String property) {
        assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(creation::run)
            .withMessageContaining("reliable-mq.producer." + property);
    }

}
