package io.reliablemq.rocketmq.listener;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

import javax.sql.DataSource;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.idempotency.IdempotencyGuard;
import io.reliablemq.idempotency.LeaseGuard;
import io.reliablemq.listener.AsyncListener;
import io.reliablemq.listener.GuardFactory;
import io.reliablemq.listener.IdempotencyDefaults;
import io.reliablemq.listener.ListenerCatalog;
import io.reliablemq.listener.ListenerLimits;
import io.reliablemq.listener.ListenerSettings;
import io.reliablemq.listener.PoolBudget;
import io.reliablemq.listener.RecordPurge;
import io.reliablemq.listener.StoreBackend;
import io.reliablemq.rocketmq.ConsumerInternals;
import io.reliablemq.rocketmq.DelayLevels;
import io.reliablemq.rocketmq.GroupTerms;
import io.reliablemq.rocketmq.ListenerDescription;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.deadletter.DeadLetterParking;
import io.reliablemq.rocketmq.delivery.Admission;
import io.reliablemq.rocketmq.delivery.AsyncDelivery;
import io.reliablemq.rocketmq.delivery.BatchCalls;
import io.reliablemq.rocketmq.delivery.BatchDelivery;
import io.reliablemq.rocketmq.delivery.BatchMessageListener;
import io.reliablemq.rocketmq.delivery.ConcurrentMessageListener;
import io.reliablemq.rocketmq.delivery.ConsumeMeters;
import io.reliablemq.rocketmq.delivery.ConsumeObservations;
import io.reliablemq.rocketmq.delivery.CountingMessageListener;
import io.reliablemq.rocketmq.delivery.Deliveries;
import io.reliablemq.rocketmq.delivery.DeliveryGate;
import io.reliablemq.rocketmq.delivery.DeliveryLoad;
import io.reliablemq.rocketmq.delivery.FailureHandling;
import io.reliablemq.rocketmq.delivery.KeyExpression;
import io.reliablemq.rocketmq.delivery.KeyReader;
import io.reliablemq.rocketmq.delivery.ListenerThrottling;
import io.reliablemq.rocketmq.delivery.NoGuard;
import io.reliablemq.rocketmq.delivery.OrderedMessageListener;
import io.reliablemq.rocketmq.delivery.ParallelBatch;
import io.reliablemq.rocketmq.delivery.ParallelDelivery;
import io.reliablemq.rocketmq.delivery.ParkingPlace;
import io.reliablemq.rocketmq.delivery.PayloadReader;
import io.reliablemq.rocketmq.delivery.Processing;
import io.reliablemq.rocketmq.delivery.SingleDelivery;
import io.reliablemq.rocketmq.delivery.ThreadedDelivery;
import io.reliablemq.rocketmq.delivery.Throttle;
import io.reliablemq.rocketmq.delivery.ThrottledMessageListener;
import io.reliablemq.rocketmq.delivery.VirtualThreads;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.spring.annotation.MessageModel;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.support.DefaultRocketMQListenerContainer;
import org.jspecify.annotations.Nullable;

/**
 * Puts this library between a container and its listener: where the listener is guarded,
 * or has properties of its own under {@code reliable-mq.listeners}. Others stay as they
 * are, but for being counted and having their knobs turned.
 */
public final class ListenerInstaller {

    private final ListenerCatalog catalog;

    private final IdempotencyDefaults defaults;

    private final GuardFactory guards;

    private final DelayLevels delayLevels;

    private final ListenerRegistry registry;

    private final RecordPurge purge;

    private final PoolBudget pools = new PoolBudget();

    private final DeadLetterParking deadLetters;

    private final MeterRegistry meters;

    private final ObservationRegistry observations;

    private final Clock clock;

    private final Function<String, String> placeholders;

    private @Nullable ListenerThrottling throttling;

    /**
     * Creates an installer.
     * @param catalog properties by consumer group
     * @param defaults what holds for guarded listeners otherwise
     * @param guards builds the guards
     * @param delayLevels the broker's redelivery delays
     * @param registry learns of every container
     * @param purge looks after the records of every guarded group
     * @param deadLetters knows where messages are parked
     * @param meters where deliveries are timed
     * @param observations where deliveries are observed
     * @param clock tells the time
     * @param placeholders resolves placeholders in annotations
     */
    public ListenerInstaller(ListenerCatalog catalog, IdempotencyDefaults defaults, GuardFactory guards,
            DelayLevels delayLevels, ListenerRegistry registry, RecordPurge purge, DeadLetterParking deadLetters,
            MeterRegistry meters, ObservationRegistry observations, Clock clock,
            Function<String, String> placeholders) {
        this.catalog = catalog;
        this.defaults = defaults;
        this.guards = guards;
        this.delayLevels = delayLevels;
        this.registry = registry;
        this.purge = purge;
        this.deadLetters = deadLetters;
        this.meters = meters;
        this.observations = observations;
        this.clock = clock;
        this.placeholders = placeholders;
    }

    /**
     * Lets listeners be shaped; without it they have no limits and never give way.
     * @param listenerThrottling shapes them
     * @return this installer
     */
    public ListenerInstaller throttledBy(ListenerThrottling listenerThrottling) {
        this.throttling = listenerThrottling;
        return this;
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
        ListenerSettings settings = ListenerSettings.of(listener.group(), listener.ordered(), listener.annotation(),
                this.catalog.forGroup(listener.group()), this.defaults, this.delayLevels.retryBackoff(),
                this.placeholders);
        DeliveryGate gate = new DeliveryGate();
        DeliveryLoad load = new DeliveryLoad();
        TunableContainer knobs = new TunableContainer(listener, settings.threads(), settings.concurrency(), gate, load);
        this.registry.add(knobs);
        RocketMQListener<?> plain = listener.plainListener();
        if (plain != null && (listener.guarded() || this.catalog.mentions(listener.group())
                || listener.asyncListener() != null || listener.batchListener() != null)) {
            settings = new BatchRules(listener, new ParallelRules(listener, settings).check()).check();
            requireRedelivery(listener);
            this.registry.add(new GroupTerms(listener.group(), listener.guarded(), settings.retention(),
                    settings.retry().span()));
            takeOver(listener, settings, plain, gate, load, knobs);
            this.registry.add(new GuardedContainer(listener, gate, knobs, settings));
        }
        else {
            new CountingMessageListener(gate, load).install(container.getConsumer());
        }
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

    private void takeOver(ListenerDescription listener, ListenerSettings settings, RocketMQListener<?> plain,
            DeliveryGate gate, DeliveryLoad load, TunableContainer knobs) {
        DefaultMQPushConsumer consumer = listener.container().getConsumer();
        Throttle throttle = throttle(listener, settings, knobs);
        IdempotencyGuard guard = guard(listener, settings);
        SingleDelivery delivery = delivery(listener, settings, plain, guard, gate, load);
        consumer.setConsumeMessageBatchMaxSize(1);
        BatchDelivery group = (settings.batch() > 1) ? group(listener, settings, delivery, guard) : null;
        ParallelDelivery parallel = parallel(listener, settings, delivery, guard);
        if (listener.ordered()) {
            consumer.setMaxReconsumeTimes(-1);
            consumer.registerMessageListener(new OrderedMessageListener(delivery, group, gate, throttle, this.clock));
        }
        else if (group != null) {
            consumer.setMaxReconsumeTimes(Integer.MAX_VALUE);
            consumer
                .registerMessageListener(new ThrottledMessageListener(batched(group, gate, consumer), throttle, gate));
        }
        else if (parallel != null) {
            int inFlight = throttle.atMost(settings.concurrency().inFlight());
            consumer.setMaxReconsumeTimes(Integer.MAX_VALUE);
            consumer.setConsumeMessageBatchMaxSize(Math.min(inFlight, consumer.getPullBatchSize()));
            Duration timeout = (listener.asyncListener() != null) ? Duration.ofMinutes(consumer.getConsumeTimeout())
                    : Duration.ZERO;
            Semaphore room = new Semaphore(inFlight);
            consumer.registerMessageListener(batched(
                    (messages) -> new ParallelBatch(messages, parallel, room, timeout, throttle, gate::isClosed).run(),
                    gate, consumer));
        }
        else {
            consumer.setMaxReconsumeTimes(Integer.MAX_VALUE);
            consumer.registerMessageListener(new ThrottledMessageListener(
                    new ConcurrentMessageListener(delivery, this.delayLevels, gate), throttle, gate));
        }
    }

    private Throttle throttle(ListenerDescription listener, ListenerSettings settings, TunableContainer knobs) {
        if (this.throttling == null) {
            return Throttle.none(this.clock);
        }
        ListenerLimits limits = this.catalog.forGroup(listener.group()).limits();
        this.throttling.add(listener, limits, settings.concurrency().pulling().prefetch() == null);
        return this.throttling.throttle(knobs, limits);
    }

    private Admission admission(ListenerDescription listener, ListenerSettings settings, ParkingPlace parking,
            @Nullable StoreBackend backend) {
        return (this.throttling != null)
                ? this.throttling.admission(listener, this.catalog.forGroup(listener.group()).limits(),
                        this.delayLevels, parking, backend, settings.retry().delayAfter(1))
                : Admission.OPEN;
    }

    private BatchMessageListener batched(Deliveries deliveries, DeliveryGate gate, DefaultMQPushConsumer consumer) {
        return new BatchMessageListener(deliveries, this.delayLevels, gate,
                (message, level, queue) -> ConsumerInternals.sendBack(consumer, message, level, queue));
    }

    private BatchDelivery group(ListenerDescription listener, ListenerSettings settings, SingleDelivery delivery,
            IdempotencyGuard guard) {
        if (listener.guarded()) {
            this.guards.transactionTimeout(settings).ifPresent(new BatchRules(listener, settings)::warnIfTooLong);
        }
        DefaultMQPushConsumer consumer = listener.container().getConsumer();
        consumer.setPullBatchSize(Math.max(consumer.getPullBatchSize(), settings.batch()));
        consumer.setConsumeMessageBatchMaxSize(settings.batch());
        return new BatchDelivery(delivery, guard, BatchCalls.of(listener),
                Duration.ofMinutes(consumer.getConsumeTimeout()).dividedBy(2));
    }

    /** {@code null} where a thread processes one message at a time, or a batch. */
    private static @Nullable ParallelDelivery parallel(ListenerDescription listener, ListenerSettings settings,
            SingleDelivery delivery, IdempotencyGuard guard) {
        AsyncListener<Object> async = listener.asyncListener();
        if (async != null) {
            return new AsyncDelivery(delivery, async, (guard instanceof LeaseGuard lease) ? lease : null);
        }
        return settings.concurrency().virtualThreads()
                ? new ThreadedDelivery(delivery, VirtualThreads.executor(listener.group())) : null;
    }

    private IdempotencyGuard guard(ListenerDescription listener, ListenerSettings settings) {
        return listener.guarded() ? this.guards.guardFor(settings, listener.onMessage(), listener.targetClass())
                : new NoGuard();
    }

    @SuppressWarnings("unchecked")
    private SingleDelivery delivery(ListenerDescription listener, ListenerSettings settings, RocketMQListener<?> plain,
            IdempotencyGuard guard, DeliveryGate gate, DeliveryLoad load) {
        StoreBackend backend = listener.guarded() ? this.guards.backendFor(settings) : null;
        if (backend != null) {
            this.purge.add(listener.group(), settings.retention(), backend);
            DataSource dataSource = backend.dataSource();
            if (dataSource != null) {
                this.pools.spend(listener.group(), guard, dataSource, mostThreads(listener, settings));
            }
        }
        KeyExpression expression = settings.key().isEmpty() ? null
                : new KeyExpression(listener.group(), settings.key(), listener.payloadType());
        PayloadReader payloads = new PayloadReader(listener);
        KeyReader keys = new KeyReader(listener.group(), expression);
        ParkingPlace parking = this.deadLetters.open(listener, payloads, keys,
                (backend != null) ? backend.store() : null);
        FailureHandling failures = new FailureHandling(settings.retry(), attempts(backend), parking, gate::isClosed);
        BatchCalls batchCalls = BatchCalls.of(listener);
        Processing processing = (batchCalls != null) ? batchCalls : ((RocketMQListener<Object>) plain)::onMessage;
        return new SingleDelivery(listener.group(), payloads, keys, guard, processing, failures,
                new ConsumeMeters(this.meters, listener.group(), listener.topic()),
                new ConsumeObservations(this.observations, listener.group()), load,
                admission(listener, settings, parking, backend), this.clock);
    }

    private static int mostThreads(ListenerDescription listener, ListenerSettings settings) {
        if (settings.concurrency().virtualThreads()) {
            return settings.concurrency().inFlight();
        }
        Integer ceiling = settings.concurrency().explicitCeiling();
        return (ceiling != null) ? ceiling : listener.container().getConsumer().getConsumeThreadMin();
    }

    private static io.reliablemq.retry.@Nullable AttemptStore attempts(@Nullable StoreBackend backend) {
        return (backend != null) ? backend.attempts() : null;
    }

}
