package io.reliablemq.rocketmq.backlog;

import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.ReliableMQException;
import io.reliablemq.backlog.BacklogMeters;
import io.reliablemq.backlog.BacklogOptions;
import io.reliablemq.backlog.BacklogProbe;
import io.reliablemq.backlog.BacklogRecords;
import io.reliablemq.backlog.BacklogSnapshot;
import io.reliablemq.reconcile.GroupSubscription;
import io.reliablemq.rocketmq.Clusters;
import io.reliablemq.rocketmq.ListenerRegistry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Asks the brokers over the application's own clients, with their access rights, on
 * daemon threads of its own. Polls from the application's start until its end.
 */
public final class RocketMQBacklogProbe implements BacklogProbe, SmartLifecycle, AutoCloseable {

    private static final Logger logger = LoggerFactory.getLogger(RocketMQBacklogProbe.class);

    /** After the containers, which come 2,000 before the end. */
    private static final int PHASE = Integer.MAX_VALUE - 1500;

    /** Groups read at a time, and one for the store. */
    private static final int WORKERS = 5;

    private final BacklogOptions options;

    private final BacklogMeters meters;

    private final BacklogReporter reporter = new BacklogReporter();

    private final ScheduledExecutorService poller;

    private final ThreadPoolExecutor workers;

    private final BacklogPoll poll;

    private final Object monitor = new Object();

    private @Nullable Future<BacklogSnapshot> next;

    private @Nullable ScheduledFuture<?> schedule;

    private volatile BacklogSnapshot latest = BacklogSnapshot.none();

    /**
     * Creates a probe that asks nobody before it is started or asked.
     * @param clusters lead to the application's producers and tell where groups are
     * @param registry the application's listeners
     * @param others groups of other services, with their topics; without topics, they are
     * found out
     * @param directory where guarded groups of other services are registered
     * @param records what stores know
     * @param options when to poll, and what is called slow or stalled
     * @param meters where the meters are registered
     * @param clock tells the time
     */
    public RocketMQBacklogProbe(Clusters clusters, ListenerRegistry registry, Map<String, List<String>> others,
            Supplier<? extends Collection<GroupSubscription>> directory, BacklogRecords records, BacklogOptions options,
            MeterRegistry meters, Clock clock) {
        this.options = options;
        this.meters = new BacklogMeters(meters, options.freshness(), clock);
        this.poller = Executors.newSingleThreadScheduledExecutor(threads("reliable-mq-backlog"));
        this.workers = new ThreadPoolExecutor(WORKERS, WORKERS, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
                threads("reliable-mq-backlog-worker"));
        this.workers.allowCoreThreadTimeOut(true);
        this.poll = new BacklogPoll(new BacklogTargets(clusters, registry, others),
                new StoreReader(records, directory, this.workers), options, this.workers, clock);
    }

    private static ThreadFactory threads(String name) {
        AtomicInteger number = new AtomicInteger();
        return (task) -> {
            Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    @Override
    public BacklogSnapshot latest() {
        return this.latest;
    }

    @Override
    public BacklogSnapshot refresh() {
        Future<BacklogSnapshot> wanted;
        try {
            wanted = enqueue();
        }
        catch (RejectedExecutionException ex) {
            return this.latest;
        }
        try {
            return wanted.get();
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new ReliableMQException("Interrupted while asking the brokers for the backlog", ex);
        }
        catch (ExecutionException ex) {
            throw new ReliableMQException("The brokers could not be asked for the backlog", ex.getCause());
        }
    }

    /** A poll that has not begun serves everyone who asks until it does. */
    private Future<BacklogSnapshot> enqueue() {
        synchronized (this.monitor) {
            Future<BacklogSnapshot> waiting = this.next;
            if (waiting == null) {
                waiting = this.poller.submit(this::pollNow);
                this.next = waiting;
            }
            return waiting;
        }
    }

    private BacklogSnapshot pollNow() throws InterruptedException {
        synchronized (this.monitor) {
            this.next = null;
        }
        BacklogSnapshot snapshot = this.poll.run();
        this.latest = snapshot;
        this.meters.record(snapshot);
        this.reporter.report(snapshot);
        return snapshot;
    }

    private void pollAndGoOn() {
        try {
            pollNow();
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
        catch (Throwable ex) {
            // It would end the schedule.
            logger.warn("The backlog could not be read; trying again in {}", this.options.poll(), ex);
        }
    }

    @Override
    public void start() {
        synchronized (this.monitor) {
            if (this.schedule == null) {
                this.schedule = this.poller.scheduleWithFixedDelay(this::pollAndGoOn, 0, this.options.poll().toNanos(),
                        TimeUnit.NANOSECONDS);
            }
        }
    }

    @Override
    public void stop() {
        synchronized (this.monitor) {
            if (this.schedule != null) {
                this.schedule.cancel(true);
                this.schedule = null;
            }
        }
        this.meters.clear();
    }

    @Override
    public boolean isRunning() {
        synchronized (this.monitor) {
            return this.schedule != null;
        }
    }

    @Override
    public int getPhase() {
        return PHASE;
    }

    @Override
    public void close() {
        stop();
        this.poller.shutdownNow();
        this.workers.shutdownNow();
    }

}
