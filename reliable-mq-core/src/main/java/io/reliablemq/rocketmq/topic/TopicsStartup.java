package io.reliablemq.rocketmq.topic;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.ReliableMQException;
import io.reliablemq.topic.TopicDeclaration;
import io.reliablemq.topic.Topics;
import io.reliablemq.topic.TopicsOnStart;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextRefreshedEvent;

/**
 * Looks after the declared topics when the application starts: before its listeners, over
 * its producer; an application that only consumes does so when its listeners run. Brokers
 * that cannot be asked are asked again later.
 */
public final class TopicsStartup implements SmartLifecycle, ApplicationListener<ContextRefreshedEvent> {

    private static final Logger logger = LoggerFactory.getLogger(TopicsStartup.class);

    /** Before the containers, which come 2,000 before the end. */
    private static final int PHASE = Integer.MAX_VALUE - 2600;

    private static final long RETRY_SECONDS = 30;

    private final Topics topics;

    private final TopicsOnStart onStart;

    private final boolean failFast;

    private @Nullable ScheduledExecutorService executor;

    private boolean begun;

    /**
     * Creates it without asking anyone.
     * @param topics what is declared, and who asks
     * @param onStart what to do
     * @param failFast whether the application does not start where a declared topic is
     * missing or different, or cannot be looked at
     */
    public TopicsStartup(Topics topics, TopicsOnStart onStart, boolean failFast) {
        this.topics = topics;
        this.onStart = onStart;
        this.failFast = failFast;
    }

    @Override
    public synchronized void start() {
        if (this.executor != null || this.onStart == TopicsOnStart.NONE || this.topics.declared().isEmpty()) {
            return;
        }
        this.executor = Executors.newSingleThreadScheduledExecutor((task) -> {
            Thread thread = new Thread(task, "reliable-mq-topics");
            thread.setDaemon(true);
            return thread;
        });
        if (!(this.topics instanceof RocketMQTopics mine) || mine.isConnected()) {
            begin();
        }
    }

    @Override
    public synchronized void onApplicationEvent(ContextRefreshedEvent event) {
        if (this.executor != null && !this.begun) {
            begin();
        }
    }

    private void begin() {
        this.begun = true;
        if (this.failFast || this.onStart == TopicsOnStart.CREATE) {
            if (!look(this.failFast)) {
                again();
            }
        }
        else {
            schedule(0);
        }
    }

    private void again() {
        schedule(RETRY_SECONDS);
    }

    private synchronized void schedule(long seconds) {
        if (this.executor != null) {
            ScheduledFuture<?> unused = this.executor.schedule(() -> {
                boolean done = false;
                try {
                    done = look(false);
                }
                finally {
                    if (!done) {
                        again();
                    }
                }
            }, seconds, TimeUnit.SECONDS);
        }
    }

    /** Whether all topics could be looked at. */
    private boolean look(boolean fail) {
        List<String> differences = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        for (TopicDeclaration declaration : this.topics.declared()) {
            try {
                if (this.onStart == TopicsOnStart.CREATE) {
                    this.topics.create(declaration).forEach(logger::info);
                }
                differences.addAll(this.topics.differences(declaration));
            }
            catch (InvalidConfigurationException ex) {
                differences.add(String.valueOf(ex.getMessage()));
            }
            catch (ReliableMQException ex) {
                if (Thread.currentThread().isInterrupted()) {
                    return true;
                }
                failures.add(String.valueOf(ex.getMessage()));
            }
        }
        if (fail && !(differences.isEmpty() && failures.isEmpty())) {
            differences.addAll(failures);
            throw new InvalidConfigurationException(String.join(" ", differences),
                    "Or start all the same with reliable-mq.topic.fail-fast=false.");
        }
        differences.forEach(logger::warn);
        failures.forEach((it) -> logger.warn("A declared topic could not be looked at, trying again in {} s: {}",
                RETRY_SECONDS, it));
        return failures.isEmpty();
    }

    @Override
    public synchronized void stop() {
        if (this.executor != null) {
            this.executor.shutdownNow();
            this.executor = null;
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return this.executor != null;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }

}
