package io.reliablemq.rocketmq.listener;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.deadletter.DeadLetterStorage;
import io.reliablemq.idempotency.IdempotentConsumer;
import io.reliablemq.listener.GuardFactory;
import io.reliablemq.listener.IdempotencyDefaults;
import io.reliablemq.listener.ListenerCatalog;
import io.reliablemq.listener.ListenerOverrides;
import io.reliablemq.listener.RecordPurge;
import io.reliablemq.rocketmq.Containers;
import io.reliablemq.rocketmq.DelayLevels;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.deadletter.DeadLetterParking;
import io.reliablemq.rocketmq.delivery.DeliveryFactory;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.spring.annotation.ConsumeMode;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.support.DefaultRocketMQListenerContainer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.StaticListableBeanFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

class StartupChecksTests {

    private final ListenerRegistry registry = new ListenerRegistry();

    private final RecordPurge purge = new RecordPurge();

    private final StaticListableBeanFactory beans = new StaticListableBeanFactory();

    @Test
    void acceptsOneSubscriptionPerGroup() {
        install(Map.of(), new Created());
        install(Map.of(), new Created());

        assertThatNoException().isThrownBy(() -> check(new ListenerCatalog(Map.of())));
    }

    @Test
    void refusesTwoSubscriptionsInOneGroup() {
        install(Map.of(), new Created());
        install(Map.of(), new Paid());

        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> check(new ListenerCatalog(Map.of())))
            .withMessageContaining("'plain'")
            .withMessageContaining(Created.class.getName())
            .withMessageContaining(Paid.class.getName())
            .withMessageContaining("consumer group of its own");
    }

    @Test
    void acceptsTwoSubscriptionsInGroupsOfOneNameOnTwoClusters() {
        install(Map.of(), new Created()).setNamesrvAddr("a:9876");
        install(Map.of(), new Paid()).setNamesrvAddr("b:9876");

        assertThatNoException().isThrownBy(() -> check(new ListenerCatalog(Map.of())));

        install(Map.of(), new Paid()).setNamesrvAddr("http://A:9876");
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> check(new ListenerCatalog(Map.of())))
            .withMessageContaining("'plain'");
    }

    @Test
    void refusesAGuardedBeanWithoutAContainer() {
        this.beans.addBean("orphan", new Orphan());

        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> check(new ListenerCatalog(Map.of())))
            .withMessageContaining("'orphan'")
            .withMessageContaining("@RocketMQMessageListener");
    }

    @Test
    void refusesPropertiesOfAListenerThatDoesNotExist() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> check(new ListenerCatalog(Map.of("typo", ListenerOverrides.none()))))
            .withMessageContaining("reliable-mq.listeners.typo");
    }

    @Test
    void leavesListenersWithoutAnnotationAndPropertiesAlone() {
        DefaultMQPushConsumer consumer = install(Map.of(), new Created());

        assertThat(consumer.getMessageListener()).isNull();
        assertThat(this.registry.guarded()).isEmpty();
        assertThat(this.registry.listeners()).hasSize(1);
        assertThat(this.registry.tunable()).as("has knobs all the same").hasSize(1);
    }

    @Test
    void takesOverAListenerThatHasProperties() {
        DefaultMQPushConsumer consumer = install(Map.of("PLAIN", threads(7)), new Created());

        assertThat(consumer.getMessageListener().getClass().getSimpleName()).isEqualTo("ThrottledMessageListener");
        assertThat(consumer.getMaxReconsumeTimes()).as("parking is the library's").isEqualTo(Integer.MAX_VALUE);
        assertThat(consumer.getConsumeMessageBatchMaxSize()).isOne();
        assertThat(consumer.getConsumeThreadMin()).isEqualTo(7);
        assertThat(consumer.getConsumeThreadMax()).as("room for live changes").isEqualTo(65);
        assertThat(this.registry.guarded()).hasSize(1);
    }

    @Test
    void takesOverAnOrderedListener() {
        DefaultMQPushConsumer consumer = install(Map.of("plain", ListenerOverrides.none()), new Ordered());

        assertThat(consumer.getMessageListener().getClass().getSimpleName()).isEqualTo("OrderedMessageListener");
        assertThat(consumer.getMaxReconsumeTimes()).as("unlimited for ordered consumers").isEqualTo(-1);
    }

    @Test
    void refusesPropertiesOfABroadcastingListener() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> install(Map.of("g", threads(7)), new ListenerLintTests.UnguardedBroadcasting()))
            .withMessageContaining("BROADCASTING");
    }

    @Test
    void refusesAGuardedListenerWithoutAStore() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> install(Map.of(), new ListenerLintTests.Plain()))
            .withMessageContaining("there is no idempotency store")
            .withMessageContaining("spring.datasource");
    }

    @AfterEach
    void closePurge() {
        this.purge.close();
    }

    private DefaultMQPushConsumer install(Map<String, ListenerOverrides> properties, Object listener) {
        DefaultRocketMQListenerContainer container = Containers.of(listener);
        GuardFactory guards = new GuardFactory(List.of(), Map.of(), null, Clock.systemUTC());
        DelayLevels delayLevels = DelayLevels.parse(DelayLevels.DEFAULT);
        DeliveryFactory deliveries = new DeliveryFactory(guards, this.purge,
                new DeadLetterParking(DeadLetterStorage.AUTO, () -> null, this.registry), delayLevels,
                Clock.systemUTC());
        new ListenerInstaller(new ListenerCatalog(properties), IdempotencyDefaults.defaults(), delayLevels,
                Function.identity(), this.registry, guards, deliveries)
            .install(container);
        return container.getConsumer();
    }

    private void check(ListenerCatalog catalog) {
        new StartupChecks(this.registry, catalog, this.beans, Function.identity()).afterSingletonsInstantiated();
    }

    private static ListenerOverrides threads(int threads) {
        return new ListenerOverrides(null, null, null, null, null, null, null, null, null, null, threads);
    }

    @RocketMQMessageListener(consumerGroup = "plain", topic = "orders", selectorExpression = "created")
    static class Created implements RocketMQListener<String> {

        @Override
        public void onMessage(String message) {
        }

    }

    @RocketMQMessageListener(consumerGroup = "plain", topic = "orders", selectorExpression = "paid")
    static class Paid extends Created {

    }

    @RocketMQMessageListener(consumerGroup = "plain", topic = "orders", consumeMode = ConsumeMode.ORDERLY)
    static class Ordered extends Created {

    }

    @IdempotentConsumer
    static class Orphan {

    }

}
