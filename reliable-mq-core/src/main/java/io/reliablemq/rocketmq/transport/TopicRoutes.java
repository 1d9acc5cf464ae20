package io.reliablemq.rocketmq.transport;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.FailureKind;
import io.reliablemq.rocketmq.ProducerInternals;
import io.reliablemq.rocketmq.ProducerInternals.KnownQueues;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queues of topics, as the client knows them. Asking the name server can take far
 * longer than an attempt may, so it is done on threads of its own, once per topic at a
 * time.
 */
class TopicRoutes {

    private static final Logger log = LoggerFactory.getLogger(TopicRoutes.class);

    private static final byte[] NOT_EMPTY = { 0 };

    /** The client bounds its questions itself. */
    private static final long CLIENT_TIMEOUT = TimeUnit.MINUTES.toMillis(1);

    private static final long REFRESH_INTERVAL = TimeUnit.SECONDS.toNanos(1);

    private final DefaultMQProducer producer;

    private final Map<String, CompletableFuture<Void>> lookups = new ConcurrentHashMap<>();

    private final Map<String, Long> refreshed = new ConcurrentHashMap<>();

    private final ThreadPoolExecutor executor;

    TopicRoutes(DefaultMQProducer producer) {
        this.producer = producer;
        this.executor = new ThreadPoolExecutor(4, 4, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), (task) -> {
            Thread thread = new Thread(task, "reliable-mq-route");
            thread.setDaemon(true);
            return thread;
        });
        this.executor.allowCoreThreadTimeOut(true);
    }

    /**
     * Finds the queues of a topic.
     * @param topic the topic, with its namespace
     * @param timeout longest time to wait for the name server
     * @return the queues, at least one
     * @throws TimeoutException if the name server did not answer in time
     * @throws Exception as the client failed
     */
    KnownQueues find(String topic, Duration timeout) throws Exception {
        KnownQueues known = known(topic);
        if (known != null) {
            return known;
        }
        try {
            lookup(topic).get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        }
        catch (TimeoutException ex) {
            throw new TimeoutException("The name server did not answer within " + timeout.toMillis() + " ms");
        }
        catch (ExecutionException ex) {
            throw (ex.getCause() instanceof Exception cause) ? cause : ex;
        }
        KnownQueues found = known(topic);
        if (found == null) {
            throw new MQClientException("No route info of this topic: " + topic, null);
        }
        return found;
    }

    /** What the client knows of a topic; {@code null} if that is nothing. */
    @Nullable KnownQueues known(String topic) {
        return ProducerInternals.queues(this.producer, topic);
    }

    private CompletableFuture<Void> lookup(String topic) {
        CompletableFuture<Void> mine = new CompletableFuture<>();
        CompletableFuture<Void> running = this.lookups.putIfAbsent(topic, mine);
        if (running != null) {
            return running;
        }
        this.executor.execute(() -> {
            try {
                ProducerInternals.selectQueue(this.producer, new Message(topic, NOT_EMPTY),
                        (queues, message, arg) -> queues.get(0), null, CLIENT_TIMEOUT);
                complete(topic, mine, null);
            }
            catch (Throwable ex) {
                complete(topic, mine, ex);
            }
        });
        return mine;
    }

    private void complete(String topic, CompletableFuture<Void> lookup, @Nullable Throwable failure) {
        this.lookups.remove(topic, lookup);
        if (failure != null) {
            lookup.completeExceptionally(failure);
        }
        else {
            lookup.complete(null);
        }
    }

    /**
     * Asks the name server anew in the background, at most once a second per topic:
     * brokers come, go and change roles, and the client itself asks every 30 s only.
     * @param topic the topic, with its namespace
     * @param now the JVM's nanosecond time
     */
    void refresh(String topic, long now) {
        Long last = this.refreshed.get(topic);
        if (last != null && now - last < REFRESH_INTERVAL) {
            return;
        }
        boolean mine = (last != null) ? this.refreshed.replace(topic, last, now)
                : this.refreshed.putIfAbsent(topic, now) == null;
        if (mine) {
            this.executor.execute(() -> refresh(topic));
        }
    }

    /** A failure that may pass, may do so by another broker. */
    void refreshAfter(AttemptResult result, String topic) {
        if (result instanceof AttemptResult.Failed failure && failure.kind() == FailureKind.TRANSIENT) {
            refresh(topic, System.nanoTime());
        }
    }

    private void refresh(String topic) {
        try {
            ProducerInternals.refreshRoute(this.producer, topic);
        }
        catch (RuntimeException ex) {
            log.debug("The route of topic {} could not be refreshed, the known one stays in use", topic, ex);
        }
    }

}
