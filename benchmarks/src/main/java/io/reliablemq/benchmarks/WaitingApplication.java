package io.reliablemq.benchmarks;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Applications with one of the {@link WaitingListeners}, each with a group of its own and
 * without a database.
 */
final class WaitingApplication {

    private static final AtomicInteger groups = new AtomicInteger();

    private final String nameServer;

    WaitingApplication(String nameServer) {
        this.nameServer = nameServer;
    }

    /** The last properties are those of the listener. */
    double run(String profile, int messages, long millis, Map<String, Object> listener) throws Exception {
        try (ConfigurableApplicationContext context = start(profile, messages, millis, listener)) {
            return context.getBean(ConsumerApplication.Stopwatch.class).messagesPerSecond();
        }
    }

    ConfigurableApplicationContext start(String profile, int messages, long millis, Map<String, Object> listener) {
        String group = "waiting-" + ProcessHandle.current().pid() + "-" + groups.incrementAndGet();
        Map<String, Object> properties = new HashMap<>();
        listener.forEach((name, value) -> properties.put("reliable-mq.listeners.[" + group + "]." + name, value));
        properties.put("bench.messages", messages);
        properties.put("bench.group", group);
        properties.put("bench.millis", millis);
        properties.put("rocketmq.name-server", this.nameServer);
        properties.put("reliable-mq.id.worker-id", 1);
        properties.put("spring.autoconfigure.exclude",
                "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration");
        properties.put("logging.level.root", "error");
        properties.put("spring.main.banner-mode", "off");
        return new SpringApplicationBuilder(ConsumerApplication.class).web(WebApplicationType.NONE)
            .profiles(profile)
            .properties(properties)
            .run();
    }

}
