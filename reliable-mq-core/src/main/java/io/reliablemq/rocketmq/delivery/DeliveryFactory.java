package io.reliablemq.rocketmq.delivery;

import java.time.Clock;

import javax.sql.DataSource;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.reliablemq.concurrency.TunableListener;
import io.reliablemq.idempotency.IdempotencyGuard;
import io.reliablemq.listener.GuardFactory;
import io.reliablemq.listener.ListenerLimits;
import io.reliablemq.listener.ListenerSettings;
import io.reliablemq.listener.PoolBudget;
import io.reliablemq.listener.RecordPurge;
import io.reliablemq.listener.StoreBackend;
import io.reliablemq.rocketmq.DelayLevels;
import io.reliablemq.rocketmq.ListenerDescription;
import org.jspecify.annotations.Nullable;

/**
 * Builds the delivery of each listener: its guard, its steps, and the message listener
 * that its consumer calls.
 */
public final class DeliveryFactory {

    private final GuardFactory guards;

    private final RecordPurge purge;

    private final PoolBudget pools = new PoolBudget();

    private final ParkingPlace.Factory deadLetters;

    private final DelayLevels delayLevels;

    private final Clock clock;

    private MeterRegistry meters = new CompositeMeterRegistry();

    private ObservationRegistry observations = ObservationRegistry.NOOP;

    private @Nullable ListenerThrottling throttling;

    /**
     * Creates a factory.
     * @param guards builds the guards
     * @param purge deletes the expired records of every guarded group
     * @param deadLetters chooses where messages are parked
     * @param delayLevels the broker's redelivery delays
     * @param clock tells the time
     */
    public DeliveryFactory(GuardFactory guards, RecordPurge purge, ParkingPlace.Factory deadLetters,
            DelayLevels delayLevels, Clock clock) {
        this.guards = guards;
        this.purge = purge;
        this.deadLetters = deadLetters;
        this.delayLevels = delayLevels;
        this.clock = clock;
    }

    /**
     * Times and observes deliveries; without it they are neither.
     * @param meterRegistry where they are timed
     * @param observationRegistry where they are observed
     * @return this factory
     */
    public DeliveryFactory observedBy(MeterRegistry meterRegistry, ObservationRegistry observationRegistry) {
        this.meters = meterRegistry;
        this.observations = observationRegistry;
        return this;
    }

    /**
     * Throttles listeners; without it they have no limits, and none is degraded.
     * @param listenerThrottling applies their limits
     * @return this factory
     */
    public DeliveryFactory throttledBy(ListenerThrottling listenerThrottling) {
        this.throttling = listenerThrottling;
        return this;
    }

    /**
     * Registers the message listener with the listener's consumer, before it starts.
     * @param gate counts and limits the listener's deliveries
     * @param knobs pauses the consumer while the listener is over its rate
     * @throws io.reliablemq.InvalidConfigurationException if the settings cannot hold
     * what they promise
     */
    public void takeOver(ListenerDescription listener, ListenerSettings settings, ListenerLimits limits,
            DeliveryGate gate, TunableListener knobs) {
        Throttle throttle = throttle(listener, settings, limits, knobs);
        IdempotencyGuard guard = guard(listener, settings);
        DeliverySteps steps = steps(listener, settings, limits, backend(listener, settings, guard), gate);
        new MessageListenerChoice(listener, settings, steps, guard, gate, throttle, this.delayLevels).register();
    }

    private Throttle throttle(ListenerDescription listener, ListenerSettings settings, ListenerLimits limits,
            TunableListener knobs) {
        if (this.throttling == null) {
            return Throttle.none(this.clock);
        }
        this.throttling.add(listener, limits, settings.concurrency().pulling().prefetch() == null);
        return this.throttling.throttle(knobs, limits);
    }

    private IdempotencyGuard guard(ListenerDescription listener, ListenerSettings settings) {
        return listener.guarded() ? this.guards.guardFor(settings, listener.onMessage(), listener.targetClass())
                : new NoGuard();
    }

    /** {@code null} if the listener is not guarded. */
    private @Nullable StoreBackend backend(ListenerDescription listener, ListenerSettings settings,
            IdempotencyGuard guard) {
        if (!listener.guarded()) {
            return null;
        }
        StoreBackend backend = this.guards.backendFor(settings);
        this.purge.add(listener.group(), settings.retention(), backend);
        DataSource dataSource = backend.dataSource();
        if (dataSource != null) {
            this.pools.spend(listener.group(), guard, dataSource, mostThreads(listener, settings));
        }
        return backend;
    }

    private static int mostThreads(ListenerDescription listener, ListenerSettings settings) {
        if (settings.concurrency().virtualThreads()) {
            return settings.concurrency().inFlight();
        }
        Integer ceiling = settings.concurrency().explicitCeiling();
        return (ceiling != null) ? ceiling : listener.container().getConsumer().getConsumeThreadMin();
    }

    private DeliverySteps steps(ListenerDescription listener, ListenerSettings settings, ListenerLimits limits,
            @Nullable StoreBackend backend, DeliveryGate gate) {
        String group = listener.group();
        PayloadReader payloads = new PayloadReader(listener);
        KeyReader keys = new KeyReader(group,
                settings.key().isEmpty() ? null : new KeyExpression(group, settings.key(), listener.payloadType()));
        ParkingPlace parking = this.deadLetters.open(listener, payloads, keys,
                (backend != null) ? backend.store() : null);
        return new DeliverySteps(group, payloads, keys, admission(listener, settings, limits, parking, backend),
                new FailureHandling(settings.retry(), (backend != null) ? backend.attempts() : null, parking,
                        gate::isClosed),
                new ConsumeMeters(this.meters, group, listener.topic()),
                new ConsumeObservations(this.observations, group), gate.load(), this.clock);
    }

    private Admission admission(ListenerDescription listener, ListenerSettings settings, ListenerLimits limits,
            ParkingPlace parking, @Nullable StoreBackend backend) {
        return (this.throttling != null) ? this.throttling.admission(listener, limits, this.delayLevels, parking,
                backend, settings.retry().delayAfter(1)) : Admission.OPEN;
    }

}
