package io.reliablemq.benchmarks;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.benchmarks.report.Sample;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * An application with one listener and a consumer group of its own, which reads a topic
 * from its beginning.
 */
final class MeasuredApplication {

    private static final AtomicInteger groups = new AtomicInteger();

    private final Class<?> listener;

    private final Map<String, Object> properties = new HashMap<>();

    private final String group = "measured-" + ProcessHandle.current().pid() + "-" + groups.incrementAndGet();

    private MeasuredApplication(Class<?> listener) {
        this.listener = listener;
        set("bench.group", this.group);
        set("reliable-mq.id.worker-id", 1);
        set("logging.level.root", "error");
        set("spring.main.banner-mode", "off");
    }

    /** Without this library. */
    static MeasuredApplication plain(Class<?> listener) {
        return new MeasuredApplication(listener).set("reliable-mq.enabled", false);
    }

    static MeasuredApplication guarded(Class<?> listener, String store, String mode, int batch) {
        MeasuredApplication application = new MeasuredApplication(listener);
        application.set("reliable-mq.idempotency.store", store);
        application.set("reliable-mq.idempotency.mode", mode);
        application.set("reliable-mq.jdbc.initialize-schema", "always");
        return application.listener("batch", batch);
    }

    /** A property of its consumer group. */
    MeasuredApplication listener(String name, Object value) {
        return set("reliable-mq.listeners.[" + this.group + "]." + name, value);
    }

    MeasuredApplication set(String name, Object value) {
        this.properties.put(name, value);
        return this;
    }

    Sample consume(String nameServer, int redisPort, @Nullable HikariDataSource database, String topic, int messages)
            throws Exception {
        set("rocketmq.name-server", nameServer);
        set("spring.data.redis.port", redisPort);
        set("bench.topic", topic);
        if (database != null) {
            set("spring.datasource.url", url(database));
            set("spring.datasource.username", database.getUsername());
            set("spring.datasource.password", (database.getPassword() != null) ? database.getPassword() : "");
            set("spring.datasource.hikari.maximum-pool-size", 30);
        }
        else {
            set("spring.autoconfigure.exclude",
                    "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration");
        }
        DeliveryStopwatch stopwatch = new DeliveryStopwatch(messages);
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Setup.class, this.listener)
            .web(WebApplicationType.NONE)
            .properties(this.properties)
            .initializers((each) -> each.getBeanFactory().registerSingleton("stopwatch", stopwatch))
            .run()) {
            return context.getBean(DeliveryStopwatch.class).await();
        }
    }

    /**
     * As one would set it for JDBC batches; PostgreSQL's driver sends each insert alone
     * otherwise.
     */
    private static String url(HikariDataSource database) {
        String url = database.getJdbcUrl();
        return url.startsWith("jdbc:postgresql:") ? url + (url.contains("?") ? "&" : "?") + "reWriteBatchedInserts=true"
                : url;
    }

    @EnableAutoConfiguration
    static class Setup {

    }

}
