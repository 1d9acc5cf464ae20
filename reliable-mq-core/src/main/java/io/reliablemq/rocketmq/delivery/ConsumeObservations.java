package io.reliablemq.rocketmq.delivery;

import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.ReceiverContext;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.rocketmq.Marks;
import io.reliablemq.rocketmq.delivery.DeliveryResult.Outcome;
import org.apache.rocketmq.common.message.MessageExt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts an observation around every delivery to a listener, with the trace context that
 * the message carries for its parent. Does nothing where nobody observes.
 */
final class ConsumeObservations {

    private static final Logger logger = LoggerFactory.getLogger(ConsumeObservations.class);

    private static final String OUTCOME = "outcome";

    private final ObservationRegistry registry;

    private final String group;

    ConsumeObservations(ObservationRegistry registry, String group) {
        this.registry = registry;
        this.group = group;
    }

    DeliveryResult observe(MessageExt message, Supplier<DeliveryResult> delivery) {
        if (this.registry.isNoop()) {
            return delivery.get();
        }
        return end(begin(message), delivery);
    }

    /** For a delivery that ends elsewhere; to be ended, whatever happens. */
    Observation begin(MessageExt message) {
        return this.registry.isNoop() ? Observation.NOOP : start(message);
    }

    DeliveryResult end(Observation observation, Supplier<DeliveryResult> delivery) {
        Observation.Scope scope = observation.openScope();
        try {
            DeliveryResult result = delivery.get();
            observation.lowCardinalityKeyValue(OUTCOME, result.outcome().tag());
            return result;
        }
        catch (RuntimeException | Error ex) {
            observation.error(ex);
            throw ex;
        }
        finally {
            scope.close();
            observation.stop();
        }
    }

    /** For one of several deliveries whose outcome is not known yet. */
    <T> T call(MessageExt message, Callable<T> action) throws Exception {
        Observation observation = begin(message);
        Observation.Scope scope = observation.openScope();
        try {
            T value = action.call();
            observation.lowCardinalityKeyValue(OUTCOME, Outcome.PROCESSED.tag());
            return value;
        }
        catch (Throwable ex) {
            observation.error(RaisedByListenerException.unwrap(ex));
            throw ex;
        }
        finally {
            scope.close();
            observation.stop();
        }
    }

    /** The delivery in hand has failed; the listener's exception goes no further. */
    void failed(Throwable ex) {
        Observation current = this.registry.getCurrentObservation();
        if (current != null) {
            try {
                current.error(ex);
            }
            catch (RuntimeException | Error broken) {
                // A handler of the application's: the failure is counted all the same.
                logger.warn("A failure could not be observed", broken);
            }
        }
    }

    private Observation start(MessageExt message) {
        ReceiverContext<Map<String, String>> receiver = new ReceiverContext<>(Map::get);
        receiver.setCarrier(message.getProperties());
        receiver.setRemoteServiceName("rocketmq");
        String id = Marks.read(message, ReliableHeaders.ID);
        return Observation.createNotStarted("reliable.mq.process", () -> receiver, this.registry)
            .contextualName("process " + message.getTopic())
            .lowCardinalityKeyValue("messaging.system", "rocketmq")
            .lowCardinalityKeyValue("messaging.operation.name", "process")
            .lowCardinalityKeyValue("messaging.operation.type", "process")
            .lowCardinalityKeyValue("messaging.destination.name", message.getTopic())
            .lowCardinalityKeyValue("messaging.consumer.group.name", this.group)
            .lowCardinalityKeyValue(OUTCOME, "failed")
            .highCardinalityKeyValue("messaging.message.id", String.valueOf(message.getMsgId()))
            .highCardinalityKeyValue("reliable_mq.id", (id != null) ? id : "none")
            .highCardinalityKeyValue("reliable_mq.redeliveries", Integer.toString(message.getReconsumeTimes()))
            .start();
    }

}
