package io.reliablemq.benchmarks;

import java.time.Duration;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.message.MessageExt;

import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;

/**
 * Listeners as they are written without this library.
 */
final class PlainListeners {

    private PlainListeners() {
    }

    static class NoOp extends MeasuredListener {

        NoOp(DeliveryStopwatch stopwatch) {
            super(stopwatch);
        }

        @Override
        public void onMessage(MessageExt message) {
            // The delivery itself is measured.
        }

    }

    static class NoOpInBatches extends NoOp {

        NoOpInBatches(DeliveryStopwatch stopwatch) {
            super(stopwatch);
        }

        @Override
        public void prepareStart(DefaultMQPushConsumer consumer) {
            super.prepareStart(consumer);
            consumer.setConsumeMessageBatchMaxSize(32);
        }

    }

    static class OneRow extends MeasuredListener {

        private final JdbcTemplate jdbc;

        OneRow(DeliveryStopwatch stopwatch, JdbcTemplate jdbc) {
            super(stopwatch);
            this.jdbc = jdbc;
        }

        @Override
        @Transactional
        public void onMessage(MessageExt message) {
            this.jdbc.update(EffectTable.INSERT, message.getMsgId());
        }

    }

    /** What many write by hand: SET NX PX, the work, SET. */
    static class HandWritten extends MeasuredListener {

        private static final Duration LEASE = Duration.ofMinutes(1);

        private static final Duration RETENTION = Duration.ofDays(7);

        private final StringRedisTemplate redis;

        HandWritten(DeliveryStopwatch stopwatch, StringRedisTemplate redis) {
            super(stopwatch);
            this.redis = redis;
        }

        @Override
        public void onMessage(MessageExt message) {
            String key = "bench:" + System.identityHashCode(this) + ":" + message.getMsgId();
            if (Boolean.TRUE.equals(this.redis.opsForValue().setIfAbsent(key, "processing", LEASE))) {
                this.redis.opsForValue().set(key, "done", RETENTION);
            }
        }

    }

}
