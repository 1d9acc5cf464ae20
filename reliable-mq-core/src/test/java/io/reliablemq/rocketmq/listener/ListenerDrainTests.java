package io.reliablemq.rocketmq.listener;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.reliablemq.rocketmq.ListenerRegistry;
import org.junit.jupiter.api.Test;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

import static org.assertj.core.api.Assertions.assertThat;

class ListenerDrainTests {

    private final AtomicInteger drained = new AtomicInteger();

    private final GenericApplicationContext context = new GenericApplicationContext();

    @Test
    void letsListenersUseTheApplicationsExecutorsAndSchedulers() {
        AtomicReference<Object> refused = new AtomicReference<>();
        this.context.registerBean("scheduler", ThreadPoolTaskScheduler.class);
        this.context.registerBean("executor", ThreadPoolTaskExecutor.class);
        registerDrain(() -> this.context.getBeansOfType(AsyncTaskExecutor.class).forEach((name, executor) -> {
            try {
                executor.submit(() -> {
                });
            }
            catch (RejectedExecutionException ex) {
                refused.set(ex);
            }
        }));
        this.context.refresh();

        this.context.close();

        assertThat(this.drained).hasValue(1);
        assertThat(refused).hasNullValue();
    }

    @Test
    void drainsOnceHoweverOftenItIsEnded() {
        registerDrain(() -> {
        });
        this.context.refresh();
        ListenerDrain drain = this.context.getBean(ListenerDrain.class);

        drain.stop();
        this.context.close();

        assertThat(this.drained).hasValue(1);
        assertThat(drain.isRunning()).isFalse();
    }

    @Test
    void isNotEndedByAnotherContextsClose() {
        registerDrain(() -> {
        });
        this.context.refresh();
        GenericApplicationContext child = new GenericApplicationContext(this.context);
        child.refresh();

        child.close();

        assertThat(this.drained).hasValue(0);
        this.context.close();
        assertThat(this.drained).hasValue(1);
    }

    private void registerDrain(Runnable then) {
        this.context.registerBean(ListenerDrain.class,
                () -> new ListenerDrain(new ListenerRegistry(), Duration.ofSeconds(1), () -> {
                    this.drained.incrementAndGet();
                    then.run();
                }));
    }

}
