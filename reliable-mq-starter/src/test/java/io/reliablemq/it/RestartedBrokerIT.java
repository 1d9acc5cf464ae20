package io.reliablemq.it;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendFailedException;
import io.reliablemq.test.EmbeddedRocketMQBroker;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The broker restarts while eight threads send and an application consumes.
 */
@Tag("faults")
@Timeout(900)
class RestartedBrokerIT {

    private static final int RESTARTS = 2;

    private final Queue<String> returned = new ConcurrentLinkedQueue<>();

    private final Map<String, SendFailedException> failed = new ConcurrentHashMap<>();

    private final AtomicInteger numbers = new AtomicInteger();

    private volatile boolean enough;

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("io.reliablemq.it.Chaos#seeds")
    void whatSendReturnedIsConsumedAndTheRestIsReported(long seed) throws Exception {
        try (EmbeddedRocketMQBroker broker = Broker.start();
                Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL, broker, Scenario.QUEUES)) {
            // What becomes of a send by itself; BrokerDownIT is about the outbox.
            scenario.with("reliable-mq.outbox.mode", "off");
            scenario.start("consumer", EffectListener.class);
            // So short that some sends don't outlast the restart.
            ReliableMQTemplate sender = scenario.with("reliable-mq.producer.deadline", "1s").sender();
            List<CompletableFuture<Void>> threads = new ArrayList<>();
            for (int i = 0; i < Sending.THREADS; i++) {
                threads.add(CompletableFuture.runAsync(() -> sendUntilEnough(sender, scenario.topic()),
                        (task) -> new Thread(task).start()));
            }
            for (int i = 0; i < RESTARTS; i++) {
                waitForMore(300);
                broker.stop();
                int failedBefore = this.failed.size();
                Scenario.waitFor("failed sends", () -> this.failed.size() >= failedBefore + Sending.THREADS);
                broker.start();
            }
            waitForMore(300);
            this.enough = true;
            for (CompletableFuture<Void> thread : threads) {
                thread.get(120, TimeUnit.SECONDS);
            }
            scenario.waitUntilDrained();

            assertEffects(scenario.effects());
        }
    }

    private void assertEffects(Effects effects) {
        assertThat(effects.lost(this.returned)).as("lost").isEmpty();
        assertThat(effects.doubled()).as("doubled").isZero();
        assertThat(this.failed).isNotEmpty()
            .allSatisfy((key, failure) -> assertThat(failure.getCause()).as(key).isNotNull());
        List<String> processed = effects.inOrder();
        this.failed.forEach((key, failure) -> {
            if (!failure.isUncertain()) {
                assertThat(processed).doesNotContain(key);
            }
        });
        assertThat(processed).hasSizeBetween(this.returned.size(), this.returned.size() + this.failed.size());
    }

    private void waitForMore(int count) {
        int before = this.returned.size();
        Scenario.waitFor("more sent", () -> this.returned.size() >= before + count);
    }

    private void sendUntilEnough(ReliableMQTemplate sender, String topic) {
        while (!this.enough) {
            String key = "m-" + this.numbers.incrementAndGet();
            try {
                sender.send(topic, key);
                this.returned.add(key);
            }
            catch (SendFailedException ex) {
                this.failed.put(key, ex);
            }
        }
    }

}
