package io.reliablemq.rocketmq.delivery;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.concurrency.TunableListener;
import io.reliablemq.deadletter.ParkingResult;
import io.reliablemq.degradation.Degradation;
import io.reliablemq.idempotency.DroppableRecords;
import io.reliablemq.listener.ListenerLimits;
import io.reliablemq.listener.OverloadAction;
import io.reliablemq.listener.StoreBackend;
import io.reliablemq.rocketmq.DelayLevels;
import io.reliablemq.rocketmq.ListenerDescription;
import io.reliablemq.rocketmq.redelivery.GroupPublisher;
import io.reliablemq.schedule.PeriodicTask;
import io.reliablemq.throttling.RateLimit;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Throttling of all listeners: gives each its rate limit, its concurrency limit and its
 * admission under overload, and pauses the pulling of those that are over their rate, on
 * a daemon thread.
 */
public final class ListenerThrottling implements AutoCloseable {

    private static final Logger logger = LoggerFactory.getLogger(ListenerThrottling.class);

    private static final long LOOK_MILLIS = 200;

    private static final int LARGEST_PULL = 32;

    private final Degradation degradation;

    private final double slowRate;

    private final Duration deferDelay;

    private final Clock clock;

    private final List<PullThrottle> brakes = new CopyOnWriteArrayList<>();

    private final PeriodicTask task = PeriodicTask.of("reliable-mq-throttling", Duration.ofMillis(LOOK_MILLIS),
            Duration.ofMillis(LOOK_MILLIS), "Pulling could not be stopped or resumed", this::look);

    /**
     * Creates the throttling.
     * @param degradation knows which listeners are degraded
     * @param slowRate messages per second and instance of a listener that is slowed
     * @param deferDelay how long a deferred message waits at least, the first time
     * @param clock tells the time
     */
    public ListenerThrottling(Degradation degradation, double slowRate, Duration deferDelay, Clock clock) {
        this.degradation = degradation;
        RateLimit unused = RateLimit.perSecond("reliable-mq.degradation.slow-rate", slowRate);
        this.slowRate = slowRate;
        if (deferDelay.isNegative() || deferDelay.isZero()) {
            throw new InvalidConfigurationException("reliable-mq.degradation.defer-delay is " + deferDelay + ".",
                    "Set it to more than zero, for example 30s.");
        }
        this.deferDelay = deferDelay;
        this.clock = clock;
    }

    /**
     * Before the container starts: makes the listener known, and what is held for one
     * with a rate small unless the properties say how much that is.
     */
    void add(ListenerDescription listener, ListenerLimits limits, boolean smallPrefetch) {
        limits.requireFits(listener.group(), listener.ordered());
        this.degradation.add(listener.group(), limits);
        Double rate = limits.rateLimit();
        if (rate != null && smallPrefetch) {
            DefaultMQPushConsumer consumer = listener.container().getConsumer();
            int second = (int) Math.max(1, Math.min(Integer.MAX_VALUE, Math.ceil(rate)));
            consumer.setPullThresholdForQueue(Math.min(consumer.getPullThresholdForQueue(), second));
            consumer.setPullBatchSize(
                    Math.min(consumer.getPullBatchSize(), Math.min(LARGEST_PULL, Math.max(1, second / 2))));
        }
    }

    Throttle throttle(TunableListener listener, ListenerLimits limits) {
        String property = "reliable-mq.listeners.\"[" + listener.group() + "]\".rate-limit";
        Double rate = limits.rateLimit();
        Throttle throttle = new Throttle((rate != null) ? RateLimit.perSecond(property, rate) : null,
                RateLimit.perSecond("reliable-mq.degradation.slow-rate", this.slowRate),
                () -> this.degradation.actionFor(limits) == OverloadAction.SLOWED, limits.concurrencyLimit(),
                this.clock);
        if (rate != null || limits.effectiveAction() == OverloadAction.SLOWED) {
            lookAfter(new PullThrottle(listener, throttle::perSecond));
        }
        return throttle;
    }

    private void lookAfter(PullThrottle brake) {
        this.brakes.add(brake);
        this.task.start();
    }

    private void look() {
        for (PullThrottle brake : this.brakes) {
            try {
                brake.look();
            }
            catch (Throwable ex) {
                logger.warn("Could not stop or resume pulling; trying again in {} ms", LOOK_MILLIS, ex);
            }
        }
    }

    /**
     * The gate before the guard.
     * @param retryDelay how long to wait when nothing could be recorded or published
     */
    Admission admission(ListenerDescription listener, ListenerLimits limits, DelayLevels levels, ParkingPlace parking,
            @Nullable StoreBackend backend, Duration retryDelay) {
        OverloadAction action = limits.effectiveAction();
        if (action != OverloadAction.DEFERRED && action != OverloadAction.DROPPED) {
            return Admission.OPEN;
        }
        Deferral deferral = new Deferral(GroupPublisher.over(listener.container().getConsumer()), levels,
                this.deferDelay);
        Dropping dropping = (action == OverloadAction.DROPPED) ? dropping(listener.group(), parking, backend)
                : (message, key) -> ParkingResult.IN_PROGRESS;
        return new OverloadAdmission(() -> this.degradation.actionFor(limits), deferral, dropping, retryDelay);
    }

    private static Dropping dropping(String group, ParkingPlace parking, @Nullable StoreBackend backend) {
        Dropping inDatabase = parking.dropping();
        if (backend != null && inDatabase != null) {
            return inDatabase;
        }
        if (backend != null && backend.store() instanceof DroppableRecords records) {
            return (message, key) -> switch (records.drop(key)) {
                case PARKED, FREE, ABSENT -> ParkingResult.PARKED;
                case CLAIMED -> ParkingResult.IN_PROGRESS;
                case DONE -> ParkingResult.ALREADY_DONE;
            };
        }
        String reason = (backend == null) ? "the listener is not guarded"
                : "neither its records nor its dead letters are kept in a database";
        throw new InvalidConfigurationException(
                "reliable-mq.listeners.\"[" + group + "]\".on-overload is DROPPED, but " + reason
                        + ": what is dropped could not be recorded.",
                "Annotate the listener with @IdempotentConsumer and configure a DataSource, or set on-overload to"
                        + " paused, slowed or deferred.");
    }

    /** Stops looking. */
    @Override
    public void close() {
        this.task.close();
    }

}
