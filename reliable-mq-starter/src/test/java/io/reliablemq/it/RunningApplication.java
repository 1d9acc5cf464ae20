package io.reliablemq.it;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import org.apache.rocketmq.spring.support.DefaultRocketMQListenerContainer;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/**
 * An application in this JVM.
 */
final class RunningApplication implements AutoCloseable {

    private final ConfigurableApplicationContext context;

    private final MeterRegistry meters;

    RunningApplication(Map<String, String> properties, @Nullable Step step, Class<?>... listeners) {
        List<String> arguments = new ArrayList<>();
        properties.forEach((name, value) -> arguments.add("--" + name + "=" + value));
        this.context = new SpringApplicationBuilder(EffectsApplication.class).sources(listeners)
            .web(WebApplicationType.NONE)
            .registerShutdownHook(false)
            .initializers((GenericApplicationContext it) -> register(it, step))
            .run(arguments.toArray(String[]::new));
        this.meters = this.context.getBean(MeterRegistry.class);
    }

    private static void register(GenericApplicationContext context, @Nullable Step step) {
        if (step != null) {
            context.registerBean(Step.class, () -> step);
        }
    }

    <T> T bean(Class<T> type) {
        return this.context.getBean(type);
    }

    /**
     * How many deliveries ended in one of these ways, or in any. Can be asked after the
     * end.
     */
    long deliveries(String... outcomes) {
        List<String> wanted = List.of(outcomes);
        return this.meters.find("reliable.mq.consume")
            .timers()
            .stream()
            .filter((timer) -> wanted.isEmpty() || wanted.contains(timer.getId().getTag("outcome")))
            .mapToLong(Timer::count)
            .sum();
    }

    /** Now, where the client would do it every five seconds. */
    @SuppressWarnings("deprecation")
    void persistOffsets() {
        if (this.context.isActive()) {
            this.context.getBeansOfType(DefaultRocketMQListenerContainer.class)
                .values()
                .forEach((it) -> it.getConsumer().getDefaultMQPushConsumerImpl().persistConsumerOffset());
        }
    }

    /** How many queues of a topic this instance has. */
    @SuppressWarnings("deprecation")
    long queues(String topic) {
        return this.context.getBeansOfType(DefaultRocketMQListenerContainer.class)
            .values()
            .stream()
            .flatMap((it) -> it.getConsumer()
                .getDefaultMQPushConsumerImpl()
                .getRebalanceImpl()
                .getProcessQueueTable()
                .keySet()
                .stream())
            .filter((queue) -> queue.getTopic().equals(topic))
            .count();
    }

    int counter(String name) {
        return Meters.counter(this.meters, name);
    }

    /** Without closing it. */
    void stop() {
        this.context.stop();
    }

    @Override
    public void close() {
        this.context.close();
    }

}
