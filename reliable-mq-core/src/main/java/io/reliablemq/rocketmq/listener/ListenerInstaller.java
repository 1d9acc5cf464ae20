package io.reliablemq.rocketmq.listener;

import java.util.function.Function;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.listener.GuardFactory;
import io.reliablemq.listener.IdempotencyDefaults;
import io.reliablemq.listener.ListenerCatalog;
import io.reliablemq.listener.ListenerOverrides;
import io.reliablemq.listener.ListenerSettings;
import io.reliablemq.rocketmq.DelayLevels;
import io.reliablemq.rocketmq.GroupTerms;
import io.reliablemq.rocketmq.ListenerDescription;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.delivery.CountingMessageListener;
import io.reliablemq.rocketmq.delivery.DeliveryFactory;
import io.reliablemq.rocketmq.delivery.DeliveryGate;
import org.apache.rocketmq.spring.annotation.MessageModel;
import org.apache.rocketmq.spring.support.DefaultRocketMQListenerContainer;

/**
 * Installs this library in a listener container: its deliveries, where the listener is
 * guarded, asynchronous or a batch listener, or has properties of its own under
 * {@code reliable-mq.listeners}; else only what counts, limits and tunes them.
 */
public final class ListenerInstaller {

    private final ListenerCatalog catalog;

    private final IdempotencyDefaults defaults;

    private final DelayLevels delayLevels;

    private final Function<String, String> placeholders;

    private final ListenerRegistry registry;

    private final GuardFactory guards;

    private final DeliveryFactory deliveries;

    /**
     * Creates an installer.
     * @param catalog properties by consumer group
     * @param defaults what holds for guarded listeners otherwise
     * @param delayLevels the broker's redelivery delays
     * @param placeholders resolves placeholders in annotations
     * @param registry learns of every container
     * @param guards know how long a transaction may take
     * @param deliveries builds the deliveries
     */
    public ListenerInstaller(ListenerCatalog catalog, IdempotencyDefaults defaults, DelayLevels delayLevels,
            Function<String, String> placeholders, ListenerRegistry registry, GuardFactory guards,
            DeliveryFactory deliveries) {
        this.catalog = catalog;
        this.defaults = defaults;
        this.delayLevels = delayLevels;
        this.placeholders = placeholders;
        this.registry = registry;
        this.guards = guards;
        this.deliveries = deliveries;
    }

    /**
     * Takes a container over, after it was initialized and before it starts.
     * @param container the container
     * @throws io.reliablemq.InvalidConfigurationException if its listener would lose or
     * double messages
     */
    public void install(DefaultRocketMQListenerContainer container) {
        ListenerDescription listener = ListenerDescription.of(container);
        this.registry.add(listener);
        new ListenerLint(listener).check();
        ListenerOverrides overrides = this.catalog.forGroup(listener.group());
        ListenerSettings settings = ListenerSettings.of(listener.group(), listener.ordered(), listener.annotation(),
                overrides, this.defaults, this.delayLevels.retryBackoff(), this.placeholders);
        DeliveryGate gate = new DeliveryGate();
        TunableContainer knobs = new TunableContainer(listener, settings.threads(), settings.concurrency(), gate);
        this.registry.add(knobs);
        if (!isTakenOver(listener)) {
            new CountingMessageListener(gate).install(container.getConsumer());
            return;
        }
        settings = new BatchRules(listener, new ParallelRules(listener, settings).check()).check();
        requireRedelivery(listener);
        this.registry
            .add(new GroupTerms(listener.group(), listener.guarded(), settings.retention(), settings.retry().span()));
        this.deliveries.takeOver(listener, settings, overrides.limits(), gate, knobs);
        if (settings.batch() > 1 && listener.guarded()) {
            this.guards.transactionTimeout(settings).ifPresent(new BatchRules(listener, settings)::warnIfTooLong);
        }
        this.registry.add(new GuardedContainer(listener, gate, knobs, settings));
    }

    private boolean isTakenOver(ListenerDescription listener) {
        return listener.plainListener() != null && (listener.guarded() || this.catalog.mentions(listener.group())
                || listener.asyncListener() != null || listener.batchListener() != null);
    }

    private static void requireRedelivery(ListenerDescription listener) {
        if (listener.container().getMessageModel() == MessageModel.BROADCASTING) {
            throw new InvalidConfigurationException("reliable-mq.listeners has properties for the consumer group '"
                    + listener.group()
                    + "', or its listener is an AsyncListener or BatchListener, but it consumes in BROADCASTING mode: RocketMQ"
                    + " does not redeliver there, so a failed message would be lost in spite of them.",
                    "Use CLUSTERING, or remove the properties or the interface.");
        }
    }

}
