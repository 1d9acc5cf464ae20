package io.reliablemq.benchmarks;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import io.reliablemq.benchmarks.ConsumerApplication.Counting;
import io.reliablemq.benchmarks.ConsumerApplication.Stopwatch;
import io.reliablemq.listener.AsyncListener;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/**
 * Listeners that mostly wait for others; a profile picks one.
 */
final class WaitingListeners {

    private WaitingListeners() {
    }

    @Component
    @Profile("waiting")
    @RocketMQMessageListener(topic = ConsumerApplication.TOPIC, consumerGroup = "${bench.group}")
    static class Waiting extends Counting implements RocketMQListener<MessageExt> {

        private final long millis;

        Waiting(Stopwatch stopwatch, @Value("${bench.millis}") long millis) {
            super(stopwatch);
            this.millis = millis;
        }

        @Override
        public void onMessage(MessageExt message) {
            sleep(this.millis);
            count();
        }

    }

    /** The answer comes by itself, as from a client that blocks no thread. */
    @Component
    @Profile("waiting-async")
    @RocketMQMessageListener(topic = ConsumerApplication.TOPIC, consumerGroup = "${bench.group}")
    static class WaitingAsync extends Counting implements RocketMQListener<MessageExt>, AsyncListener<MessageExt> {

        private final long millis;

        WaitingAsync(Stopwatch stopwatch, @Value("${bench.millis}") long millis) {
            super(stopwatch);
            this.millis = millis;
        }

        @Override
        public CompletionStage<Void> onMessageAsync(MessageExt message) {
            return CompletableFuture.runAsync(this::count,
                    CompletableFuture.delayedExecutor(this.millis, TimeUnit.MILLISECONDS));
        }

        @Override
        public void onMessage(MessageExt message) {
            throw new UnsupportedOperationException("not called");
        }

    }

    /** Calls something that serves a limited number of callers at a time. */
    @Component
    @Profile("downstream")
    @RocketMQMessageListener(topic = AdaptiveBenchmark.TOPIC, consumerGroup = "${bench.group}")
    static class Downstream extends Counting implements RocketMQListener<MessageExt> {

        private final Semaphore served = new Semaphore(AdaptiveBenchmark.SERVED);

        Downstream(Stopwatch stopwatch) {
            super(stopwatch);
        }

        @Override
        public void onMessage(MessageExt message) {
            this.served.acquireUninterruptibly();
            try {
                sleep(AdaptiveBenchmark.MILLIS);
            }
            finally {
                this.served.release();
            }
            count();
        }

    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ex);
        }
    }

}
