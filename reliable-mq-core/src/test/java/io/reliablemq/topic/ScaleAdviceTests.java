package io.reliablemq.topic;

import java.time.Duration;

import io.reliablemq.InvalidConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ScaleAdvice}.
 */
class ScaleAdviceTests {

    /** arrival/s | ms each | threads | head room → consumers, queues. */
    @ParameterizedTest
    @CsvSource({ "0, 10, 20, 0.5, 1, 2", "100, 10, 20, 0, 1, 1", "100, 200, 20, 0, 1, 1", "101, 200, 20, 0, 2, 2",
            "100, 200, 20, 0.5, 2, 4", "1000, 100, 20, 0.5, 8, 16", "1000, 100, 20, 1, 10, 20" })
    void takesConsumersForTheRateAndQueuesForTheConsumers(double arrival, long millis, int threads, double headRoom,
            int consumers, int queues) {
        ScaleAdvice advice = ScaleAdvice
            .of(Workload.of(arrival, Duration.ofMillis(millis)).with(threads, 1, 1).withHeadRoom(headRoom));

        assertThat(advice.consumers()).isEqualTo(consumers);
        assertThat(advice.queues()).isEqualTo(queues);
        assertThat(advice.capacityPerSecond()).isGreaterThanOrEqualTo(advice.neededPerSecond());
        assertThat(advice.queues() % advice.consumers()).isZero();
    }

    @Test
    void takesAQueueForEachMessageUnderWayWhereOrderIsKept() {
        ScaleAdvice advice = ScaleAdvice
            .of(Workload.of(100, Duration.ofMillis(100)).with(4, 2, 8).withOrdered(true).withHeadRoom(0));

        assertThat(advice.queues()).isEqualTo(12);
        assertThat(advice.consumers()).isEqualTo(3);
        assertThat(advice.capacityPerSecond()).isGreaterThanOrEqualTo(100);
        assertThat(advice.reasons()).anySatisfy((it) -> assertThat(it).contains("each queue has one under way"));
    }

    @Test
    void drainsABacklogBesides() {
        Workload load = Workload.of(10, Duration.ofMillis(100)).with(10, 1, 4).withHeadRoom(0);

        assertThat(ScaleAdvice.of(load).consumers()).isEqualTo(1);
        assertThat(ScaleAdvice.of(load.withBacklog(60_000, Duration.ofMinutes(5))).consumers()).isEqualTo(3);
    }

    @Test
    void neverTakesQueuesAway() {
        ScaleAdvice advice = ScaleAdvice.of(Workload.of(1, Duration.ofMillis(1)).with(20, 3, 16));

        assertThat(advice.queues()).isEqualTo(16);
        assertThat(advice.reasons()).anySatisfy((it) -> assertThat(it).contains("There are 3 consumers: 1 would do"));
    }

    @Test
    void namesConsumersWithoutAQueue() {
        assertThat(ScaleAdvice.of(Workload.of(1, Duration.ofMillis(1)).with(20, 6, 4)).reasons())
            .anySatisfy((it) -> assertThat(it).contains("2 of the 6 consumers there are have no queue"));
    }

    @Test
    void growsTheTopicBeforeConsumersAreAdded() {
        assertThat(ScaleAdvice.of(Workload.of(1000, Duration.ofMillis(100)).with(20, 4, 4)).reasons())
            .anySatisfy((it) -> assertThat(it).contains("Grow the topic first"));
    }

    @Test
    void isBounded() {
        ScaleAdvice advice = ScaleAdvice.of(Workload.of(1e9, Duration.ofHours(1)));

        assertThat(advice.consumers()).isEqualTo(1000);
        assertThat(advice.queues()).isLessThanOrEqualTo(2000);
        assertThat(advice.reasons()).anySatisfy((it) -> assertThat(it).contains("more than 1000"));
    }

    @Test
    void refusesWhatCannotBe() {
        Workload load = Workload.of(1, Duration.ofMillis(1));
        assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(() -> load.with(0, 1, 1));
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> Workload.of(Double.NaN, Duration.ZERO));
        assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(() -> load.withHeadRoom(1.1));
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> load.withBacklog(1, Duration.ZERO));
    }

}
