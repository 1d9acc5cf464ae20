package io.reliablemq.test.producer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.SendFailedException;
import io.reliablemq.producer.SendOptions;
import io.reliablemq.producer.SendReceipt;
import io.reliablemq.test.EmbeddedRocketMQBroker;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@Tag("faults")
@Timeout(300)
class BrokerRestartIT {

    private static final int THREADS = 8;

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Queue<SendReceipt> receipts = new ConcurrentLinkedQueue<>();

    private final Queue<SendFailedException> failures = new ConcurrentLinkedQueue<>();

    private final Queue<Throwable> others = new ConcurrentLinkedQueue<>();

    private volatile boolean enough;

    @Test
    void losesNothingThatWasAcknowledgedWhileTheBrokerRestarts() throws Exception {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.startDefault();
                SendingApplication application = new SendingApplication(broker.nameServerAddress(),
                        SendOptions.defaults())) {
            broker.createTopic("orders", 8);
            ExecutorService threads = Executors.newFixedThreadPool(THREADS);
            List<Future<?>> senders = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                senders.add(threads.submit(() -> sendUntilEnough(application)));
            }
            waitFor(() -> this.receipts.size() > 500);
            for (int i = 0; i < 2; i++) {
                broker.stop();
                int failedBefore = this.failures.size();
                waitFor(() -> this.failures.size() > failedBefore + THREADS);
                broker.start();
                int sentBefore = this.receipts.size();
                waitFor(() -> this.receipts.size() > sentBefore + 500);
            }
            this.enough = true;
            for (Future<?> sender : senders) {
                sender.get(60, TimeUnit.SECONDS);
            }
            threads.shutdown();

            assertThat(this.others).isEmpty();
            assertThat(this.failures).isNotEmpty().allSatisfy((failure) -> assertThat(failure.getCause()).isNotNull());
            await().atMost(LIMIT).untilAsserted(() -> assertStored(broker.messages("orders")));
        }
    }

    private void assertStored(List<MessageExt> messages) {
        Set<Long> stored = messages.stream()
            .map((message) -> Long.valueOf(message.getUserProperty("RELIABLE_ID")))
            .collect(Collectors.toSet());
        assertThat(this.receipts).extracting(SendReceipt::id).isSubsetOf(stored);
        assertThat(this.failures).filteredOn((failure) -> !failure.isUncertain())
            .extracting(SendFailedException::getId)
            .doesNotContainAnyElementsOf(stored);
        assertThat(messages.stream()
            .collect(Collectors.groupingBy((message) -> message.getUserProperty("RELIABLE_ID"),
                    Collectors.mapping((message) -> message.getProperty("UNIQ_KEY"), Collectors.toSet()))))
            .allSatisfy((id, uniqKeys) -> assertThat(uniqKeys).hasSize(1));
    }

    private void sendUntilEnough(SendingApplication application) {
        while (!this.enough) {
            try {
                this.receipts.add(application.template.send(ReliableMessage.to("orders").payload("x").build()));
            }
            catch (SendFailedException ex) {
                this.failures.add(ex);
            }
            catch (Throwable ex) {
                this.others.add(ex);
                throw ex;
            }
        }
    }

    private static void waitFor(BooleanSupplier condition) {
        await().atMost(LIMIT).until(condition::getAsBoolean);
    }

}
