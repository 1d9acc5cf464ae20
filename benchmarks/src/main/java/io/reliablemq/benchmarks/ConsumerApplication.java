package io.reliablemq.benchmarks;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/**
 * An application with one listener, which counts.
 */
@SpringBootApplication
class ConsumerApplication {

    static final String TOPIC = "bench-consume";

    @Bean
    Stopwatch stopwatch(@org.springframework.beans.factory.annotation.Value("${bench.messages}") int messages) {
        return new Stopwatch(messages);
    }

    /** From the first message to the last. */
    static final class Stopwatch {

        private final int messages;

        private final AtomicLong seen = new AtomicLong();

        private final CountDownLatch done = new CountDownLatch(1);

        private volatile long first;

        private volatile long last;

        Stopwatch(int messages) {
            this.messages = messages;
        }

        void count() {
            long number = this.seen.incrementAndGet();
            if (number == 1) {
                this.first = System.nanoTime();
            }
            if (number == this.messages) {
                this.last = System.nanoTime();
                this.done.countDown();
            }
        }

        double messagesPerSecond() throws InterruptedException {
            if (!this.done.await(5, TimeUnit.MINUTES)) {
                throw new IllegalStateException("Only " + this.seen + " of " + this.messages + " after 5 minutes");
            }
            return (this.messages - 1) * 1e9 / (this.last - this.first);
        }

    }

    /** What all listeners share. */
    abstract static class Counting implements RocketMQPushConsumerLifecycleListener {

        private final Stopwatch stopwatch;

        Counting(Stopwatch stopwatch) {
            this.stopwatch = stopwatch;
        }

        void count() {
            this.stopwatch.count();
        }

        @Override
        public void prepareStart(DefaultMQPushConsumer consumer) {
            consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        }

    }

}
