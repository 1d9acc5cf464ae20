package io.reliablemq.producer;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.SenderContext;
import io.reliablemq.message.ReliableMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The observation of one message, from the call of send to its outcome. The trace context
 * becomes headers of the message, so it goes wherever the message goes. Records nothing
 * where nobody observes.
 */
final class SendObservation {

    private static final Logger logger = LoggerFactory.getLogger(SendObservation.class);

    private static final String OUTCOME = "outcome";

    private final Observation observation;

    private final ReliableMessage<?> message;

    private final Map<String, String> trace;

    private SendObservation(Observation observation, ReliableMessage<?> message, Map<String, String> trace) {
        this.observation = observation;
        this.message = message;
        this.trace = trace;
    }

    static SendObservation start(ReliableMessage<?> message, ObservationRegistry registry) {
        if (registry.isNoop()) {
            return new SendObservation(Observation.NOOP, message, Map.of());
        }
        Map<String, String> context = new LinkedHashMap<>();
        SenderContext<Map<String, String>> sender = new SenderContext<>((carrier, name, value) -> {
            if (carrier != null) {
                carrier.put(name, value);
            }
        });
        sender.setCarrier(context);
        sender.setRemoteServiceName("rocketmq");
        Observation observation = Observation.createNotStarted("reliable.mq.publish", () -> sender, registry)
            .contextualName("send " + message.topic())
            .lowCardinalityKeyValue("messaging.system", "rocketmq")
            .lowCardinalityKeyValue("messaging.operation.name", "send")
            .lowCardinalityKeyValue("messaging.operation.type", "send")
            .lowCardinalityKeyValue("messaging.destination.name", message.topic())
            .lowCardinalityKeyValue(OUTCOME, "failed")
            .start();
        return new SendObservation(observation, message, context);
    }

    boolean isNoop() {
        return this.observation.isNoop();
    }

    /** The message as the application wrote it. */
    ReliableMessage<?> message() {
        return this.message;
    }

    /** The trace context that goes with it: names and values, not checked. */
    Map<String, String> trace() {
        return this.trace;
    }

    /** The observation is the current one while something runs. */
    <T> T during(Supplier<T> work) {
        if (isNoop()) {
            return work.get();
        }
        Observation.Scope scope = this.observation.openScope();
        try {
            return work.get();
        }
        finally {
            quietly(scope::close);
        }
    }

    /** Of what watches a message, nothing may keep its sender from what came of it. */
    private static void quietly(Runnable watch) {
        try {
            watch.run();
        }
        catch (RuntimeException | Error ex) {
            logger.warn("The observation of a message failed; what came of the message is not affected", ex);
        }
    }

    void end(@Nullable SendReceipt receipt, @Nullable Throwable failure) {
        if (!isNoop()) {
            quietly(() -> tell(receipt, failure));
        }
    }

    private void tell(@Nullable SendReceipt receipt, @Nullable Throwable failure) {
        if (receipt != null) {
            this.observation.lowCardinalityKeyValue(OUTCOME, receipt.delivery().name().toLowerCase(Locale.ROOT))
                .highCardinalityKeyValue("messaging.message.id", receipt.msgId())
                .highCardinalityKeyValue("reliable_mq.id", Long.toString(receipt.id()));
        }
        if (failure != null) {
            boolean uncertain = failure instanceof SendFailedException ex && ex.isUncertain();
            this.observation.lowCardinalityKeyValue(OUTCOME, uncertain ? "uncertain" : "failed").error(failure);
        }
        this.observation.stop();
    }

}
