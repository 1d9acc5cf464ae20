package io.reliablemq.rocketmq.durability;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.reliablemq.InvalidConfigurationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.context.support.GenericApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link DurabilityMonitor}.
 */
class DurabilityMonitorTests {

    private static final DurabilityFinding FINDING = new DurabilityFinding("broker-a:0", "inSyncReplicas", "1", "2",
            "Broker broker-a replicates asynchronously.");

    private static final DurabilityReport FOUND = report(List.of(FINDING), Map.of());

    private static final DurabilityReport NOTHING = report(List.of(), Map.of());

    private static final DurabilityReport UNREADABLE = report(List.of(), Map.of("broker-a:0", "no permission"));

    private final Logger logger = (Logger) LoggerFactory.getLogger(DurabilityMonitor.class);

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        this.log.start();
        this.logger.addAppender(this.log);
    }

    @AfterEach
    void stopListening() {
        this.logger.detachAppender(this.log);
    }

    @Test
    void warnsOfEachFindingOnceAndTellsWhenItIsOver() throws Exception {
        CountDownLatch looks = new CountDownLatch(5);
        AtomicInteger count = new AtomicInteger();
        try (GenericApplicationContext context = start(OnViolation.WARN, Duration.ofMillis(1), () -> {
            looks.countDown();
            return (count.incrementAndGet() <= 3) ? FOUND : NOTHING;
        })) {
            assertThat(looks.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(context.isActive()).isTrue();
            await().untilAsserted(() -> assertThat(messages(Level.INFO)).hasSize(1));
        }
        assertThat(messages(Level.WARN)).containsExactly(FINDING.sentence());
        assertThat(messages(Level.INFO)).containsExactly("No longer so: " + FINDING.sentence());
    }

    @Test
    void keepsAnApplicationFromStartingWhereItIsToFail() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> start(OnViolation.FAIL, Duration.ZERO, () -> FOUND))
            .withMessageContaining(FINDING.sentence())
            .withMessageContaining("reliable-mq.durability.on-violation=warn");
    }

    @Test
    void startsWhereBrokersCannotBeAsked() {
        try (GenericApplicationContext context = start(OnViolation.FAIL, Duration.ZERO, () -> UNREADABLE)) {
            assertThat(context.isActive()).isTrue();
        }
        assertThat(messages(Level.ERROR))
            .containsExactly("broker-a:0 could not be asked what it promises: no permission");
    }

    @Test
    void saysNothingWhereViolationsAreIgnored() throws Exception {
        CountDownLatch looks = new CountDownLatch(2);
        try (GenericApplicationContext context = start(OnViolation.IGNORE, Duration.ofMillis(1), () -> {
            looks.countDown();
            return FOUND;
        })) {
            assertThat(looks.await(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(messages(Level.WARN)).isEmpty();
        assertThat(messages(Level.ERROR)).isEmpty();
    }

    @Test
    void goesOnAfterAFailure() throws Exception {
        CountDownLatch looks = new CountDownLatch(3);
        try (GenericApplicationContext context = start(OnViolation.WARN, Duration.ofMillis(1), () -> {
            looks.countDown();
            throw new IllegalStateException("no answer");
        })) {
            assertThat(looks.await(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(messages(Level.WARN)).isNotEmpty()
            .allMatch((message) -> message.contains("tried again at the next interval"));
    }

    @Test
    void looksOnceWithoutAnInterval() throws Exception {
        AtomicInteger count = new AtomicInteger();
        CountDownLatch looked = new CountDownLatch(1);
        try (GenericApplicationContext context = start(OnViolation.WARN, Duration.ZERO, () -> {
            count.incrementAndGet();
            looked.countDown();
            return NOTHING;
        })) {
            assertThat(looked.await(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(count).hasValue(1);
    }

    private static GenericApplicationContext start(OnViolation onViolation, Duration interval,
            Supplier<DurabilityReport> audit) {
        GenericApplicationContext context = new GenericApplicationContext();
        context.registerBean(DurabilityMonitor.class, () -> new DurabilityMonitor(audit, onViolation, interval));
        context.refresh();
        return context;
    }

    private List<String> messages(Level level) {
        return List.copyOf(this.log.list)
            .stream()
            .filter((event) -> event.getLevel() == level)
            .map(ILoggingEvent::getFormattedMessage)
            .toList();
    }

    private static DurabilityReport report(List<DurabilityFinding> findings, Map<String, String> unreadable) {
        return new DurabilityReport(Instant.EPOCH, List.of("broker-a:0"), findings, unreadable);
    }

}
