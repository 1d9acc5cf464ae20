package io.reliablemq.test.outbox;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.outbox.OutboxOutcome;
import io.reliablemq.outbox.OutboxStore;
import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.SendTarget;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Whatever is thrown at whichever step on the way of one message: all others are sent
 * once and marked, this one waits with a reason, and the relay goes on. With and without
 * an ordering key, alone and with neighbours, just committed and left by somebody else.
 */
@Timeout(60)
class OneMessagesFailureTests {

    private static final String POISON = "poison";

    private static final List<Supplier<Throwable>> THROWN = List.of(() -> new IOException("checked"),
            () -> new IllegalStateException("unchecked"), () -> new OutOfMemoryError("as if"),
            () -> new InterruptedException("stray"));

    static Stream<Arguments> matrix() {
        return Stream.of(Step.values())
            .flatMap((step) -> THROWN.stream()
                .map((thrown) -> Arguments.of(step, thrown.get().getClass().getSimpleName(), thrown)));
    }

    @ParameterizedTest(name = "{0} throws {1}")
    @MethodSource("matrix")
    void isItsOwn(Step step, String name, Supplier<Throwable> thrown) {
        FailingTransport transport = new FailingTransport(step, thrown);
        try (RelayOnH2 outbox = new RelayOnH2(transport, new FailingCodec(step, thrown), Duration.ofSeconds(30),
                (store) -> failing(store, step, thrown))) {
            List<String> expected = new ArrayList<>();
            for (String key : new String[] { null, "k" }) {
                String kind = (key != null) ? "ordered" : "single";
                outbox.store("alone-" + kind, key, List.of(POISON));
                expected.addAll(with(outbox::store, "stored-" + kind, key));
            }
            outbox.relay.start();
            outbox.send("alone-committed", null, List.of(POISON));
            expected.addAll(with(outbox::send, "committed-single", null));
            expected.addAll(with(outbox::send, "committed-ordered", "k"));

            await().untilAsserted(() -> assertThat(transport.sent()).containsAll(expected));
            await().untilAsserted(
                    () -> assertThat(outbox.topicsWith("SENT")).hasSizeGreaterThanOrEqualTo(expected.size()));
            outbox.send("afterwards", null, List.of("after"));
            outbox.send("afterwards", "k", List.of("after in order"));
            await().untilAsserted(() -> assertThat(transport.sent()).contains("after", "after in order"));

            assertThat(transport.sent()).filteredOn((payload) -> !payload.equals(POISON)).doesNotHaveDuplicates();
            assertThat(outbox.relay.isRunning()).isTrue();
            assertThat(outbox.store.parked(10)).isEmpty();
            await().untilAsserted(() -> assertThat(outbox.jdbc.queryForList(
                    "SELECT DISTINCT topic FROM reliable_mq_outbox WHERE status = 'PENDING' AND last_error IS NOT NULL"
                            + " AND attempts > 0",
                    String.class))
                .containsExactlyInAnyOrderElementsOf(step.waiting));
        }
    }

    /** What of a topic is to be sent: of a key, what goes before the poison. */
    private static List<String> with(Adding adding, String topic, @Nullable String key) {
        List<String> before = List.of(topic + "1", topic + "2");
        List<String> payloads = new ArrayList<>(before);
        payloads.add(POISON);
        payloads.add(topic + "3");
        adding.add(topic, key, payloads);
        if (key != null) {
            adding.add(topic, "another key", List.of(topic + " of another key"));
            return List.of(topic + "1", topic + "2", topic + " of another key");
        }
        return List.of(topic + "1", topic + "2", topic + "3");
    }

    @SuppressWarnings("unchecked")
    private static OutboxStore failing(OutboxStore store, Step step, Supplier<Throwable> thrown) {
        List<String> failedOnce = new ArrayList<>();
        return (OutboxStore) Proxy.newProxyInstance(OutboxStore.class.getClassLoader(),
                new Class<?>[] { OutboxStore.class }, (proxy, method, arguments) -> {
                    boolean reads = method.getName().equals("claim") || method.getName().equals("dueKeys")
                            || method.getName().equals("claimKey") || method.getName().equals("statistics");
                    if (step == Step.READ && reads && first(failedOnce, method.getName())) {
                        throw sneaky(thrown.get());
                    }
                    if (step == Step.SETTLE && method.getName().equals("settle")
                            && ((Collection<OutboxOutcome>) arguments[0]).stream()
                                .anyMatch((outcome) -> isPoison(outcome.entry().message()))) {
                        throw sneaky(thrown.get());
                    }
                    try {
                        return method.invoke(store, arguments);
                    }
                    catch (InvocationTargetException ex) {
                        throw ex.getCause();
                    }
                });
    }

    private static boolean first(List<String> seen, String name) {
        synchronized (seen) {
            return !seen.contains(name) && seen.add(name);
        }
    }

    private static boolean isPoison(PreparedMessage message) {
        return new String(message.body()).equals(POISON);
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> RuntimeException sneaky(Throwable thrown) throws T {
        throw (T) thrown;
    }

    private enum Step {

        READ, DECODE("alone-single", "stored-single", "alone-ordered", "stored-ordered", "committed-ordered"), CONVERT,
        SEND("alone-single", "stored-single", "alone-ordered", "stored-ordered", "alone-committed", "committed-single",
                "committed-ordered"),
        SETTLE;

        /** Topics whose poison waits in the end. */
        private final List<String> waiting;

        Step(String... waiting) {
            this.waiting = List.of(waiting);
        }

    }

    @FunctionalInterface
    private interface Adding {

        void add(String topic, @Nullable String key, List<String> payloads);

    }

    private static final class FailingTransport extends RecordingTransport {

        private final Step step;

        private final Supplier<Throwable> thrown;

        FailingTransport(Step step, Supplier<Throwable> thrown) {
            this.step = step;
            this.thrown = thrown;
        }

        @Override
        public int batchSize(List<PreparedMessage> messages) {
            if (this.step == Step.CONVERT && messages.stream().anyMatch(OneMessagesFailureTests::isPoison)) {
                throw sneaky(this.thrown.get());
            }
            return super.batchSize(messages);
        }

        @Override
        public AttemptResult sendBatch(List<PreparedMessage> messages, @Nullable SendTarget failed, Duration timeout) {
            if (this.step == Step.SEND && messages.stream().anyMatch(OneMessagesFailureTests::isPoison)) {
                throw sneaky(this.thrown.get());
            }
            return super.sendBatch(messages, failed, timeout);
        }

    }

    /** Fails only where a stored message is read. */
    private record FailingCodec(Step step, Supplier<Throwable> thrown) implements PayloadCodec {

        @Override
        public @Nullable String encoding() {
            return null;
        }

        @Override
        public byte[] encode(byte[] payload) {
            return payload;
        }

        @Override
        public byte[] decode(byte[] stored, @Nullable String encoding) {
            if (this.step == Step.DECODE && new String(stored).equals(POISON)) {
                throw sneaky(this.thrown.get());
            }
            return stored;
        }

    }

}
