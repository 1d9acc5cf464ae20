package io.reliablemq.benchmarks;

import io.reliablemq.benchmarks.ConsumerApplication.Counting;
import io.reliablemq.benchmarks.ConsumerApplication.Stopwatch;
import io.reliablemq.idempotency.IdempotentConsumer;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;

import org.springframework.context.annotation.Profile;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * The listeners that are compared; a profile picks one.
 */
final class Listeners {

    private static final String INSERT = "INSERT INTO bench_effect (msg_id) VALUES (?)";

    private Listeners() {
    }

    @Component
    @Profile("bare")
    @RocketMQMessageListener(topic = ConsumerApplication.TOPIC, consumerGroup = "${bench.group}")
    static class Bare extends Counting implements RocketMQListener<MessageExt> {

        Bare(Stopwatch stopwatch) {
            super(stopwatch);
        }

        @Override
        public void onMessage(MessageExt message) {
            count();
        }

    }

    @Component
    @Profile("guarded")
    @RocketMQMessageListener(topic = ConsumerApplication.TOPIC, consumerGroup = "${bench.group}")
    @IdempotentConsumer
    static class Guarded extends Counting implements RocketMQListener<MessageExt> {

        Guarded(Stopwatch stopwatch) {
            super(stopwatch);
        }

        @Override
        public void onMessage(MessageExt message) {
            count();
        }

    }

    @Component
    @Profile("bare-row")
    @RocketMQMessageListener(topic = ConsumerApplication.TOPIC, consumerGroup = "${bench.group}")
    static class BareRow extends Counting implements RocketMQListener<MessageExt> {

        private final JdbcTemplate jdbc;

        BareRow(Stopwatch stopwatch, JdbcTemplate jdbc) {
            super(stopwatch);
            this.jdbc = jdbc;
        }

        @Override
        @Transactional
        public void onMessage(MessageExt message) {
            this.jdbc.update(INSERT, message.getMsgId());
            count();
        }

    }

    @Component
    @Profile("guarded-row")
    @RocketMQMessageListener(topic = ConsumerApplication.TOPIC, consumerGroup = "${bench.group}")
    @IdempotentConsumer
    static class GuardedRow extends Counting implements RocketMQListener<MessageExt> {

        private final JdbcTemplate jdbc;

        GuardedRow(Stopwatch stopwatch, JdbcTemplate jdbc) {
            super(stopwatch);
            this.jdbc = jdbc;
        }

        @Override
        @Transactional
        public void onMessage(MessageExt message) {
            this.jdbc.update(INSERT, message.getMsgId());
            count();
        }

    }

}
