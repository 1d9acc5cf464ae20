package io.reliablemq.it;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.test.EmbeddedRocketMQBroker;
import io.reliablemq.test.servers.RedisServers;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import static org.awaitility.Awaitility.await;

/**
 * Topic, group and database of one test, the applications on them, and their end.
 */
final class Scenario implements AutoCloseable {

    static final int QUEUES = 8;

    private static final Logger logger = LoggerFactory.getLogger(Scenario.class);

    private static final Duration PATIENCE = Duration.ofSeconds(180);

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final EmbeddedRocketMQBroker broker;

    private final String topic;

    private final String group;

    private final TestDatabase database;

    private final Effects effects;

    private final Map<String, String> properties = new LinkedHashMap<>();

    private final Deque<AutoCloseable> running = new ArrayDeque<>();

    private final long delayedBefore;

    Scenario(Guarding guarding) {
        this(guarding, Broker.shared(), QUEUES);
    }

    Scenario(Guarding guarding, EmbeddedRocketMQBroker broker, int queues) {
        String name = guarding.name().toLowerCase() + "-" + NUMBERS.incrementAndGet();
        this.broker = broker;
        this.topic = "topic-" + name;
        this.group = "group-" + name;
        this.database = guarding.createDatabase();
        this.effects = new Effects(this.database);
        this.delayedBefore = delayed();
        broker.createTopic(this.topic, queues);
        connectTo(this.database);
        with("rocketmq.name-server", broker.nameServerAddress());
        with("rocketmq.producer.group", "producer-" + name);
        with("effects.topic", this.topic);
        with("effects.group", this.group);
        with("spring.data.redis.port", String.valueOf(RedisServers.shared().port()));
        with("reliable-mq.idempotency.redis.key-prefix", name + ":");
        with("reliable-mq.delay-levels", Broker.DELAY_LEVELS);
        this.properties.putAll(guarding.properties());
        if (guarding.batch() > 1) {
            withListener("batch", String.valueOf(guarding.batch()));
        }
    }

    /** Takes another way to the database, a proxy for example. */
    Scenario connectTo(TestDatabase way) {
        with("spring.datasource.url", way.url());
        return with("spring.datasource.username", way.user());
    }

    Scenario with(String property, String value) {
        this.properties.put(property, value);
        return this;
    }

    /**
     * Forgets the properties of the consumer group, for applications with another one.
     */
    Scenario withoutListener() {
        this.properties.keySet().removeIf((property) -> property.startsWith("reliable-mq.listeners."));
        return this;
    }

    /** A property of the consumer group. */
    Scenario withListener(String property, String value) {
        return with("reliable-mq.listeners.[" + this.group + "]." + property, value);
    }

    /** An application in this JVM. */
    RunningApplication start(String instance, Class<?> listener) {
        return start(instance, listener, null);
    }

    RunningApplication start(String instance, Class<?> listener, @Nullable Step step) {
        RunningApplication application = new RunningApplication(propertiesOf(instance), step, listener);
        this.running.push(application);
        return application;
    }

    /** An application in a JVM of its own. */
    ForkedApplication fork(String instance, Class<?> listener) {
        ForkedApplication application = new ForkedApplication(this.topic + "-" + instance, propertiesOf(instance),
                listener);
        this.running.push(application);
        return application;
    }

    Map<String, String> propertiesOf(String instance) {
        Map<String, String> all = new LinkedHashMap<>(this.properties);
        all.put("effects.instance", instance);
        return all;
    }

    /** An application that only sends. */
    ReliableMQTemplate sender() {
        Map<String, String> all = propertiesOf("sender");
        all.keySet().removeIf((property) -> property.startsWith("reliable-mq.listeners."));
        RunningApplication application = new RunningApplication(all, null);
        this.running.push(application);
        return application.bean(ReliableMQTemplate.class);
    }

    EmbeddedRocketMQBroker broker() {
        return this.broker;
    }

    TestDatabase database() {
        return this.database;
    }

    Effects effects() {
        return this.effects;
    }

    String topic() {
        return this.topic;
    }

    String group() {
        return this.group;
    }

    /** Start of the keys in Redis. */
    String keyPrefix() {
        return this.properties.get("reliable-mq.idempotency.redis.key-prefix");
    }

    String retryTopic() {
        return "%RETRY%" + this.group;
    }

    String deadLetterTopic() {
        return "%DLQ%" + this.group;
    }

    static void waitFor(String what, BooleanSupplier condition) {
        await(what).atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).until(condition::getAsBoolean);
    }

    /** Until the group has acknowledged all there is, copies waiting for a retry too. */
    void waitUntilDrained() {
        await("everything consumed by " + this.group).atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(100))
            .until(this::isDrained);
        logger.info("{}: {}, copies for retry {}", this.group, this.effects, this.broker.messageCount(retryTopic()));
    }

    /**
     * In this order: once the topic is consumed, only consumed retries make new ones.
     */
    private boolean isDrained() {
        for (AutoCloseable application : this.running) {
            if (application instanceof RunningApplication here) {
                here.persistOffsets();
            }
        }
        if (this.effects.outboxed() > 0 || !isConsumed(this.topic)) {
            return false;
        }
        long retries = this.broker.messageCount(retryTopic());
        return isConsumed(retryTopic()) && delayed() - this.delayedBefore <= retries;
    }

    private boolean isConsumed(String consumed) {
        long committed = this.broker.committedOffsets(this.group, consumed)
            .values()
            .stream()
            .mapToLong(Long::valueOf)
            .sum();
        return committed >= this.broker.messageCount(consumed);
    }

    private long delayed() {
        return this.broker.messageCount("SCHEDULE_TOPIC_XXXX");
    }

    @Override
    public void close() {
        while (!this.running.isEmpty()) {
            try {
                this.running.pop().close();
            }
            catch (Exception ex) {
                logger.warn("An application of {} did not close", this.group, ex);
            }
        }
    }

}
