package io.reliablemq.retry;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class RetryPolicyTests {

    private static final List<Duration> BACKOFF = List.of(Duration.ofSeconds(1), Duration.ofSeconds(5));

    @Test
    void repeatsTheLastWait() {
        RetryPolicy policy = new RetryPolicy(4, BACKOFF, List.of());

        assertThat(policy.delayAfter(1)).hasSeconds(1);
        assertThat(policy.delayAfter(2)).hasSeconds(5);
        assertThat(policy.delayAfter(9)).hasSeconds(5);
    }

    @Test
    void givesUpAtTheLastAttempt() {
        RetryPolicy policy = new RetryPolicy(3, BACKOFF, List.of());

        assertThat(policy.isExhausted(2, new IOException())).isFalse();
        assertThat(policy.isExhausted(3, new IOException())).isTrue();
    }

    @Test
    void neverGivesUpWithoutALimit() {
        assertThat(new RetryPolicy(0, BACKOFF, List.of()).isExhausted(Integer.MAX_VALUE, new IOException())).isFalse();
    }

    @Test
    void givesUpAtOnceOnSubclassesAndCausesOfWhatIsNotRetryable() {
        RetryPolicy policy = new RetryPolicy(0, BACKOFF, List.of(IllegalArgumentException.class));

        assertThat(policy.isExhausted(1, new NumberFormatException())).isTrue();
        assertThat(policy.isExhausted(1, new IOException(new RuntimeException(new NumberFormatException())))).isTrue();
        assertThat(policy.isExhausted(1, new RuntimeException())).isFalse();
    }

    @Test
    void survivesACircleOfCauses() {
        IOException one = new IOException();
        RuntimeException two = new RuntimeException(one);
        one.initCause(two);

        assertThat(new RetryPolicy(0, BACKOFF, List.of(Error.class)).isExhausted(1, one)).isFalse();
    }

    @Test
    void addsUpItsWaits() {
        assertThat(new RetryPolicy(4, BACKOFF, List.of()).span()).hasSeconds(16);
        assertThat(new RetryPolicy(1, BACKOFF, List.of()).span()).hasSeconds(1);
        assertThat(new RetryPolicy(0, BACKOFF, List.of()).span()).isZero();
    }

    @Test
    void saysWhatToGiveInstead() {
        assertThatIllegalArgumentException().isThrownBy(() -> new RetryPolicy(-1, BACKOFF, List.of()))
            .withMessageContaining("0 for no end");
        assertThatIllegalArgumentException().isThrownBy(() -> new RetryPolicy(1, List.of(), List.of()))
            .withMessageContaining("above zero");
        assertThatIllegalArgumentException().isThrownBy(() -> new RetryPolicy(1, List.of(Duration.ZERO), List.of()));
    }

}
