package io.reliablemq.rocketmq.listener;

import java.time.Duration;

import io.reliablemq.rocketmq.ListenerRegistry;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationContextAware;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.core.Ordered;

/**
 * Graceful shutdown of the guarded containers, once, before any bean of the application
 * stops, so that DataSource and Redis are still there:
 * <ol>
 * <li>All containers stop pulling and begin no more deliveries.
 * <li>Each waits for its running deliveries, all of them within one timeout.
 * <li>Each persists its offsets and drops what it has pulled but not begun.
 * <li>What was left to be written after the deliveries is written.
 * </ol>
 * That holds however the application ends:
 * <ul>
 * <li>A context that closes says so by an event. This listener comes first, before
 * Spring's executors and schedulers, which refuse work from that event on.</li>
 * <li>{@code context.stop()} and a start that fails publish no such event, but stop what
 * runs: this bean before the containers, since it is registered as dependent on them (see
 * {@link ReliableListenerProcessor}).</li>
 * <li>A start that fails after everything runs (a listener of the refreshed context)
 * stops nothing, and destroys all beans: this one before the containers, for the same
 * reason.</li>
 * </ul>
 */
public final class ListenerDrain implements SmartLifecycle, DisposableBean, ApplicationListener<ContextClosedEvent>,
        ApplicationContextAware, Ordered {

    private final ListenerRegistry registry;

    private final Duration timeout;

    private final Runnable then;

    private @Nullable ApplicationContext context;

    private volatile boolean drained;

    /**
     * Creates the drain.
     * @param registry knows the containers
     * @param timeout how long to wait for running deliveries, in all
     * @param then what to do after that, while the beans still run
     */
    public ListenerDrain(ListenerRegistry registry, Duration timeout, Runnable then) {
        this.registry = registry;
        this.timeout = timeout;
        this.then = then;
    }

    @Override
    public void setApplicationContext(ApplicationContext applicationContext) {
        this.context = applicationContext;
    }

    /** Among the listeners of the event. */
    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    /** That of the containers. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }

    @Override
    public void onApplicationEvent(ContextClosedEvent event) {
        if (event.getApplicationContext() == this.context) {
            drain();
        }
    }

    /** Containers start by themselves. */
    @Override
    public void start() {
    }

    @Override
    public void stop() {
        drain();
    }

    @Override
    public void destroy() {
        drain();
    }

    /** Also if the start has failed before it came to this bean. */
    @Override
    public boolean isRunning() {
        return !this.drained && this.registry.anyRunning();
    }

    /** A second call waits until the first is done. */
    private synchronized void drain() {
        if (this.drained) {
            return;
        }
        try {
            this.registry.drain(this.timeout);
        }
        finally {
            this.drained = true;
            this.then.run();
        }
    }

}
