package io.reliablemq.producer;

import java.time.Duration;
import java.util.List;

import io.reliablemq.InvalidConfigurationException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class SendOptionsTests {

    private final SendOptions defaults = SendOptions.defaults();

    @Test
    void hasTheDocumentedDefaults() {
        assertThat(this.defaults.maxAttempts()).isEqualTo(4);
        assertThat(this.defaults.backoff())
            .isEqualTo(new Backoff(Duration.ofMillis(100), 2, Duration.ofSeconds(2), 0.2));
        assertThat(this.defaults.attemptTimeout()).isEqualTo(Duration.ofSeconds(6));
        assertThat(this.defaults.deadline()).isEqualTo(Duration.ofSeconds(15));
        assertThat(this.defaults.requiredStatus()).isEqualTo(StorageStatus.REPLICATED);
        assertThat(this.defaults.maxInFlight()).isEqualTo(1000);
    }

    @Test
    void changesOneValueAtATime() {
        Backoff backoff = new Backoff(Duration.ZERO, 1, Duration.ZERO, 0);

        assertThat(this.defaults.withMaxAttempts(1)
            .withBackoff(backoff)
            .withAttemptTimeout(Duration.ofSeconds(2))
            .withDeadline(Duration.ofSeconds(3))
            .withRequiredStatus(StorageStatus.STORED)
            .withMaxInFlight(5)
            .withDrainTimeout(Duration.ofSeconds(6))
            .withMdcKeys(List.of("a")))
            .isEqualTo(new SendOptions(1, backoff, Duration.ofSeconds(2), Duration.ofSeconds(3), StorageStatus.STORED,
                    5, Duration.ofSeconds(6), List.of("a")));
    }

    @Test
    void refusesValuesThatMakeNoSense() {
        refused(() -> this.defaults.withMaxAttempts(0), "max-attempts");
        refused(() -> this.defaults.withAttemptTimeout(Duration.ZERO), "attempt-timeout");
        refused(() -> this.defaults.withDeadline(Duration.ofSeconds(-1)), "deadline");
        refused(() -> this.defaults.withMaxInFlight(0), "max-in-flight");
        refused(() -> this.defaults.withDrainTimeout(Duration.ofSeconds(-1)), "drain-timeout");
    }

    private static void refused(Runnable change, String property) {
        assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(change::run)
            .withMessageContaining(property);
    }

}
