package io.reliablemq.it;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/**
 * An application in this JVM.
 */
final class RunningApplication implements AutoCloseable {

    private final ConfigurableApplicationContext context;

    RunningApplication(Map<String, String> properties, Step step, Class<?>... listeners) {
        List<String> arguments = new ArrayList<>();
        properties.forEach((name, value) -> arguments.add("--" + name + "=" + value));
        this.context = new SpringApplicationBuilder(EffectsApplication.class).sources(listeners)
            .web(WebApplicationType.NONE)
            .registerShutdownHook(false)
            .initializers((GenericApplicationContext it) -> it.registerBean(Step.class, () -> step))
            .run(arguments.toArray(String[]::new));
    }

    <T> T bean(Class<T> type) {
        return this.context.getBean(type);
    }

    /** How many deliveries ended in one of these ways. */
    long deliveries(String... outcomes) {
        List<String> wanted = List.of(outcomes);
        return bean(MeterRegistry.class).find("reliable.mq.consume")
            .timers()
            .stream()
            .filter((timer) -> wanted.contains(timer.getId().getTag("outcome")))
            .mapToLong(Timer::count)
            .sum();
    }

    int counter(String name) {
        return Meters.counter(bean(MeterRegistry.class), name);
    }

    @Override
    public void close() {
        this.context.close();
    }

}
