package io.reliablemq.rocketmq.listener;

import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.concurrency.ListenerLoad;
import io.reliablemq.concurrency.ListenerTuning;
import io.reliablemq.concurrency.TunableListener;
import io.reliablemq.listener.ListenerConcurrency;
import io.reliablemq.rocketmq.ConsumerInternals;
import io.reliablemq.rocketmq.ListenerDescription;
import io.reliablemq.rocketmq.delivery.DeliveryGate;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Threads, pulling and pauses of one container, which can be changed while it runs.
 */
final class TunableContainer implements TunableListener {

    private static final int MAX_POOL = 1000;

    private final ListenerDescription listener;

    private final DeliveryGate gate;

    private final int maxThreads;

    private final Set<String> pausedBy = new TreeSet<>();

    private int threads;

    private boolean stopped;

    private @Nullable PausedRebalance rebalance;

    /**
     * Before the container starts. The pool must be allowed one thread more than it may
     * ever be given, else RocketMQ ignores a change; more than its minimum are never
     * started, since its queue has no bound.
     */
    TunableContainer(ListenerDescription listener, @Nullable Integer threads, ListenerConcurrency concurrency,
            DeliveryGate gate) {
        this.listener = listener;
        this.gate = gate;
        this.threads = initial((threads != null) ? threads : consumer().getConsumeThreadMin(), concurrency.adaptive());
        this.maxThreads = concurrency.ceiling(this.threads);
        if (this.threads > this.maxThreads && concurrency.explicitCeiling() != null) {
            throw new InvalidConfigurationException(
                    "The listener of consumer group '" + group() + "' starts with " + this.threads
                            + " threads, but may have " + this.maxThreads + " at most.",
                    "Raise reliable-mq.listeners.\"[" + group() + "]\".max-threads (or adaptive.max-threads), or lower"
                            + " threads (or consumeThreadNumber).");
        }
        consumer().setConsumeThreadMin(this.threads);
        consumer().setConsumeThreadMax(Math.min(MAX_POOL, Math.max(this.maxThreads, this.threads) + 1));
        gate.limit(this.threads);
        ListenerConcurrency.Pulling pulling = concurrency.pulling();
        turn(new ListenerTuning(null, pulling.prefetch(), pulling.prefetchMegabytes(), pulling.pullBatch(),
                pulling.pullInterval(), pulling.concurrentSpan()));
    }

    private static int initial(int threads, ListenerConcurrency.Adaptive adaptive) {
        if (!adaptive.enabled()) {
            return threads;
        }
        Integer min = adaptive.minThreads();
        Integer max = adaptive.maxThreads();
        int atLeast = (min != null) ? Math.max(min, threads) : threads;
        return (max != null) ? Math.min(max, atLeast) : atLeast;
    }

    @Override
    public String group() {
        return this.listener.group();
    }

    @Override
    public String topic() {
        return this.listener.topic();
    }

    @Override
    public boolean ordered() {
        return this.listener.ordered();
    }

    @Override
    public int maxThreads() {
        return this.maxThreads;
    }

    @Override
    public long cached() {
        return ConsumerInternals.cachedMessages(consumer());
    }

    @Override
    public synchronized ListenerTuning tuning() {
        DefaultMQPushConsumer consumer = consumer();
        return new ListenerTuning(this.threads, consumer.getPullThresholdForQueue(),
                consumer.getPullThresholdSizeForQueue(), consumer.getPullBatchSize(),
                Duration.ofMillis(consumer.getPullInterval()), consumer.getConsumeConcurrentlyMaxSpan());
    }

    @Override
    public synchronized void tune(ListenerTuning changes) {
        Integer wanted = changes.threads();
        if (wanted != null && wanted > this.maxThreads) {
            throw new InvalidConfigurationException(
                    "The listener of consumer group '" + group() + "' cannot have " + wanted
                            + " threads; its ceiling was " + this.maxThreads + " when it started.",
                    "Ask for " + this.maxThreads + " at most, or set reliable-mq.listeners.\"[" + group()
                            + "]\".max-threads and restart.");
        }
        turn(changes);
        if (wanted != null) {
            resize(wanted);
        }
    }

    private void turn(ListenerTuning changes) {
        DefaultMQPushConsumer consumer = consumer();
        set(changes.prefetch(), consumer::setPullThresholdForQueue);
        set(changes.prefetchMegabytes(), consumer::setPullThresholdSizeForQueue);
        set(changes.pullBatch(), consumer::setPullBatchSize);
        set(changes.pullInterval(), (interval) -> consumer.setPullInterval(interval.toMillis()));
        set(changes.concurrentSpan(), consumer::setConsumeConcurrentlyMaxSpan);
    }

    private static <T> void set(@Nullable T value, Consumer<T> property) {
        if (value != null) {
            property.accept(value);
        }
    }

    private void resize(int wanted) {
        DefaultMQPushConsumer consumer = consumer();
        consumer.setConsumeThreadMin(wanted);
        if (ConsumerInternals.isRunning(consumer)) {
            consumer.updateCorePoolSize(wanted);
        }
        this.gate.limit(wanted);
        this.threads = wanted;
    }

    @Override
    public synchronized void pause(String by) {
        this.pausedBy.add(by);
        consumer().suspend();
        if (this.rebalance == null && !this.stopped) {
            this.rebalance = new PausedRebalance(consumer());
        }
    }

    @Override
    public synchronized void resume(String by) {
        if (this.pausedBy.remove(by) && this.pausedBy.isEmpty() && !this.stopped) {
            endRebalance();
            ConsumerInternals.resume(consumer());
        }
    }

    /** For good. */
    synchronized void stop() {
        this.stopped = true;
        endRebalance();
        consumer().suspend();
    }

    private void endRebalance() {
        if (this.rebalance != null) {
            this.rebalance.close();
            this.rebalance = null;
        }
    }

    @Override
    public synchronized Set<String> pausedBy() {
        return Set.copyOf(this.pausedBy);
    }

    @Override
    public ListenerLoad load() {
        return this.gate.load().load();
    }

    private DefaultMQPushConsumer consumer() {
        return this.listener.container().getConsumer();
    }

}
