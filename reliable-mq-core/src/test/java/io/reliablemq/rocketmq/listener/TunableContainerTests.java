package io.reliablemq.rocketmq.listener;

import java.time.Duration;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.concurrency.ListenerTuning;
import io.reliablemq.listener.ListenerConcurrency;
import io.reliablemq.rocketmq.Containers;
import io.reliablemq.rocketmq.ListenerDescription;
import io.reliablemq.rocketmq.delivery.DeliveryGate;
import io.reliablemq.rocketmq.delivery.SingleDeliveryTests;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class TunableContainerTests {

    private final ListenerDescription listener = Containers.describe(new SingleDeliveryTests.TextListener());

    private final DefaultMQPushConsumer consumer = this.listener.container().getConsumer();

    @Test
    void startsWithWhatTheContainerHasAndRoomToGrow() {
        TunableContainer container = container(null, ListenerConcurrency.none());

        assertThat(container.tuning()).isEqualTo(new ListenerTuning(20, 1000, 100, 32, Duration.ZERO, 2000));
        assertThat(container.maxThreads()).isEqualTo(64);
        assertThat(this.consumer.getConsumeThreadMin()).isEqualTo(20);
        assertThat(this.consumer.getConsumeThreadMax()).as("the client takes only less than this").isEqualTo(65);
    }

    @Test
    void takesItsStartFromThePropertiesAndTurnsOnlyWhatAChangeNames() {
        TunableContainer container = container(90, concurrency(null,
                new ListenerConcurrency.Pulling(10, 2, 16, Duration.ofMillis(20), 500), false, null, null));
        container.tune(new ListenerTuning(null, 11, null, null, null, null).withThreads(3));

        assertThat(container.maxThreads()).isEqualTo(90);
        assertThat(container.tuning()).isEqualTo(new ListenerTuning(3, 11, 2, 16, Duration.ofMillis(20), 500));
        assertThat(this.consumer.getPullThresholdForQueue()).isEqualTo(11);
        assertThat(this.consumer.getPullThresholdSizeForQueue()).isEqualTo(2);
        assertThat(this.consumer.getPullBatchSize()).isEqualTo(16);
        assertThat(this.consumer.getPullInterval()).isEqualTo(20);
        assertThat(this.consumer.getConsumeConcurrentlyMaxSpan()).isEqualTo(500);
        assertThat(this.consumer.getConsumeThreadMin()).isEqualTo(3);
    }

    @Test
    void refusesMoreThreadsThanItsCeilingAndChangesNothing() {
        TunableContainer container = container(4, concurrency(8, null, false, null, null));

        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> container.tune(new ListenerTuning(9, 11, null, null, null, null)))
            .withMessageContaining("its ceiling was 8")
            .satisfies((ex) -> assertThat(ex.getAction()).contains("max-threads"));
        assertThat(container.tuning().threads()).isEqualTo(4);
        assertThat(container.tuning().prefetch()).isEqualTo(1000);
    }

    @Test
    void refusesToStartWithMoreThanItsCeiling() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> container(null, concurrency(8, null, false, null, null)))
            .withMessageContaining("starts with 20 threads")
            .satisfies((ex) -> assertThat(ex.getAction()).contains("max-threads"));
    }

    @Test
    void startsBetweenTheBoundsOfAdaptiveConcurrency() {
        assertThat(container(null, concurrency(null, null, true, 30, 100)).tuning().threads()).isEqualTo(30);
        assertThat(container(null, concurrency(null, null, true, 1, 8)).tuning().threads()).isEqualTo(8);
    }

    @Test
    void pullsAgainWhenEveryoneWhoPausedItHasResumedIt() {
        TunableContainer container = container(null, ListenerConcurrency.none());
        container.pause("operator");
        container.pause("degradation");
        container.pause("operator");
        assertThat(container.pausedBy()).containsExactlyInAnyOrder("operator", "degradation");

        container.resume("operator");
        container.resume("somebody");
        assertThat(this.consumer.isPause()).isTrue();

        container.resume("degradation");
        assertThat(this.consumer.isPause()).isFalse();
        assertThat(container.pausedBy()).isEmpty();
    }

    @Test
    void doesNotPullAgainOnceItIsStopped() {
        TunableContainer container = container(null, ListenerConcurrency.none());
        container.pause("degradation");
        container.stop();

        container.resume("degradation");

        assertThat(this.consumer.isPause()).isTrue();
    }

    private TunableContainer container(Integer threads, ListenerConcurrency concurrency) {
        return new TunableContainer(this.listener, threads, concurrency, new DeliveryGate());
    }

    private static ListenerConcurrency concurrency(Integer maxThreads, ListenerConcurrency.Pulling pulling,
            boolean adaptive, Integer min, Integer max) {
        ListenerConcurrency none = ListenerConcurrency.none();
        return new ListenerConcurrency(maxThreads, (pulling != null) ? pulling : none.pulling(),
                new ListenerConcurrency.Adaptive(adaptive, min, max), null, false);
    }

}
