package io.reliablemq.it;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.topic.ResizeOutcome;
import io.reliablemq.topic.ResizeReport;
import io.reliablemq.topic.ResizeRequest;
import io.reliablemq.topic.Topics;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A topic grows from 4 to 12 queues while it is written and read, and while one group is
 * down.
 */
@Tag("faults")
@Timeout(300)
class ResizedTopicIT {

    private static final int BEFORE = 4;

    private static final int AFTER = 12;

    private final Set<String> sent = new ConcurrentSkipListSet<>();

    @Test
    void losesAndDoublesNothing() throws Exception {
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL, Broker.shared(), BEFORE)) {
            String alive = scenario.group();
            String asleep = scenario.group() + "-asleep";
            RunningApplication one = scenario.start("one", LateListener.class);
            scenario.with("effects.group", asleep);
            ReliableMQTemplate sender = scenario.sender();
            try (RunningApplication down = scenario.start("down", LateListener.class)) {
                for (int i = 0; places(scenario, alive) < BEFORE || places(scenario, asleep) < BEFORE; i++) {
                    sender.send(scenario.topic(), "warm-" + i);
                    one.persistOffsets();
                    down.persistOffsets();
                }
            }
            AtomicBoolean enough = new AtomicBoolean();
            CompletableFuture<Void> sending = CompletableFuture
                .runAsync(() -> sendUntil(enough, sender, scenario.topic()));

            ResizeReport report = one.bean(Topics.class)
                .resize(ResizeRequest.of(scenario.topic(), AFTER).withPatience(Duration.ofSeconds(40)));

            assertThat(report.outcome()).as(report.toString()).isEqualTo(ResizeOutcome.DONE);
            assertThat(report.warnings()).isEmpty();
            assertThat(places(scenario, asleep)).isEqualTo(AFTER);
            // One that knows the new queues at once.
            sendSome(scenario.sender(), scenario.topic(), 600);
            enough.set(true);
            sending.get(60, TimeUnit.SECONDS);
            assertThat(scenario.broker().messages(scenario.topic()).stream().map(MessageExt::getQueueId))
                .containsAll(IntStream.range(0, AFTER).boxed().collect(Collectors.toSet()));
            scenario.start("up", LateListener.class);

            JdbcTemplate jdbc = scenario.database().threadSafeJdbc();
            for (String group : Set.of(alive, asleep)) {
                Scenario.waitFor("all effects of " + group,
                        () -> effects(jdbc, "DISTINCT message_key", group) >= this.sent.size());
            }
            scenario.waitUntilDrained();
            for (String group : Set.of(alive, asleep)) {
                assertThat(effects(jdbc, "DISTINCT message_key", group)).as("messages of " + group)
                    .isEqualTo(this.sent.size());
                assertThat(effects(jdbc, "*", group)).as("effects of " + group).isEqualTo(this.sent.size());
            }
        }
    }

    private void sendUntil(AtomicBoolean enough, ReliableMQTemplate sender, String topic) {
        while (!enough.get()) {
            sendSome(sender, topic, 1);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    private void sendSome(ReliableMQTemplate sender, String topic, int number) {
        for (int i = 0; i < number; i++) {
            String key = "m-" + Thread.currentThread().getId() + "-" + System.nanoTime();
            sender.send(topic, key);
            this.sent.add(key);
        }
    }

    private static int places(Scenario scenario, String group) {
        return scenario.broker().committedOffsets(group, scenario.topic()).size();
    }

    private static int effects(JdbcTemplate jdbc, String what, String group) {
        Integer count = jdbc.queryForObject(
                "SELECT COUNT(" + what + ") FROM effects WHERE consumer_group = ? AND message_key LIKE 'm-%'",
                Integer.class, group);
        return (count != null) ? count : 0;
    }

}
