package io.reliablemq.benchmarks;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.MariaDbServer;
import io.reliablemq.test.servers.PostgresServer;
import io.reliablemq.test.servers.RedisProcess;
import io.reliablemq.test.servers.RedisServers;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Listeners with and without a guard, on durable databases: every commit reaches the
 * disk.
 */
final class GuardBenchmark {

    private static final AtomicInteger groups = new AtomicInteger();

    private final String nameServer;

    private final int messages;

    private final HikariDataSource postgres = PostgresServer.durable().dataSource();

    private final HikariDataSource mariaDb = MariaDbServer.durable().dataSource();

    private final RedisProcess redis = RedisServers.shared();

    GuardBenchmark(String nameServer, int messages) {
        this.nameServer = nameServer;
        this.messages = messages;
        for (HikariDataSource database : new HikariDataSource[] { this.postgres, this.mariaDb }) {
            new JdbcTemplate(database).execute("CREATE TABLE bench_effect (msg_id VARCHAR(64) NOT NULL)");
        }
    }

    Comparison noOp() {
        return new Comparison("listener that does nothing, 20 threads", "RocketMQ-Spring, no guard",
                () -> run("bare", this.postgres, Map.of()))
            .add("LEASE, Redis", () -> run("guarded", this.postgres, store("redis", "lease")))
            .add("LEASE, PostgreSQL", () -> run("guarded", this.postgres, store("jdbc", "lease")))
            .add("LEASE, MariaDB", () -> run("guarded", this.mariaDb, store("jdbc", "lease")))
            .add("TRANSACTIONAL, PostgreSQL", () -> run("guarded", this.postgres, store("jdbc", "transactional")))
            .add("TRANSACTIONAL, MariaDB", () -> run("guarded", this.mariaDb, store("jdbc", "transactional")));
    }

    Comparison oneRow(String name) {
        HikariDataSource database = name.equals("PostgreSQL") ? this.postgres : this.mariaDb;
        return new Comparison("listener that writes one row, " + name + ", 20 threads",
                "RocketMQ-Spring with @Transactional, no guard", () -> run("bare-row", database, Map.of()))
            .add("TRANSACTIONAL", () -> run("guarded-row", database, store("jdbc", "transactional")));
    }

    private static Map<String, Object> store(String store, String mode) {
        return Map.of("reliable-mq.idempotency.store", store, "reliable-mq.idempotency.mode", mode);
    }

    private double run(String profile, HikariDataSource database, Map<String, Object> guard) throws Exception {
        Map<String, Object> properties = new HashMap<>(guard);
        properties.put("bench.messages", this.messages);
        properties.put("bench.group", "bench-" + groups.incrementAndGet());
        properties.put("rocketmq.name-server", this.nameServer);
        properties.put("spring.datasource.url", database.getJdbcUrl());
        properties.put("spring.datasource.username", database.getUsername());
        properties.put("spring.datasource.password", (database.getPassword() != null) ? database.getPassword() : "");
        properties.put("spring.datasource.hikari.maximum-pool-size", 30);
        properties.put("spring.data.redis.port", this.redis.port());
        properties.put("reliable-mq.jdbc.initialize-schema", "always");
        properties.put("logging.level.root", "error");
        properties.put("spring.main.banner-mode", "off");
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(ConsumerApplication.class)
            .web(WebApplicationType.NONE)
            .profiles(profile)
            .properties(properties)
            .run()) {
            return context.getBean(ConsumerApplication.Stopwatch.class).messagesPerSecond();
        }
    }

}
