package io.reliablemq.it;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import io.reliablemq.idempotency.IdempotencyContext;
import io.reliablemq.idempotency.IdempotentConsumer;
import io.reliablemq.listener.AsyncListener;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;

/**
 * As {@link EffectListener}, but its effects are made elsewhere.
 */
@IdempotentConsumer
@RocketMQMessageListener(topic = "${effects.topic}", consumerGroup = "${effects.group}", consumeThreadNumber = 4)
class AsyncEffectListener
        implements RocketMQListener<String>, AsyncListener<String>, RocketMQPushConsumerLifecycleListener {

    private final ExecutorService elsewhere = Executors.newCachedThreadPool((task) -> {
        Thread thread = new Thread(task, "elsewhere");
        thread.setDaemon(true);
        return thread;
    });

    private final Work work;

    AsyncEffectListener(Work work) {
        this.work = work;
    }

    @Override
    public CompletionStage<Void> onMessageAsync(String key) {
        IdempotencyContext context = IdempotencyContext.current();
        return CompletableFuture.runAsync(() -> this.work.process(key, context), this.elsewhere);
    }

    @Override
    public void onMessage(String key) {
        throw new UnsupportedOperationException("not called");
    }

    @Override
    public void prepareStart(DefaultMQPushConsumer consumer) {
        FasterConsumer.configure(consumer);
    }

}
