package io.reliablemq.rocketmq;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationContextAware;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextClosedEvent;

/**
 * Drains the guarded containers when the application closes, before any of its beans
 * stops: DataSource and Redis are still there.
 */
public final class ListenerDrain implements ApplicationListener<ContextClosedEvent>, ApplicationContextAware {

    private final ListenerRegistry registry;

    private final Duration timeout;

    private final Runnable then;

    private @Nullable ApplicationContext context;

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

    @Override
    public void onApplicationEvent(ContextClosedEvent event) {
        if (event.getApplicationContext() == this.context) {
            this.registry.drain(this.timeout);
            this.then.run();
        }
    }

}
