package io.reliablemq.benchmarks;

import java.util.List;

import io.reliablemq.idempotency.IdempotentConsumer;
import io.reliablemq.listener.BatchListener;
import io.reliablemq.listener.BatchResult;
import org.apache.rocketmq.common.message.MessageExt;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;

/**
 * The same listeners with {@code @IdempotentConsumer}; properties choose store, mode and
 * batch.
 */
final class GuardedListeners {

    private GuardedListeners() {
    }

    @IdempotentConsumer
    static class NoOp extends MeasuredListener {

        NoOp(DeliveryStopwatch stopwatch) {
            super(stopwatch);
        }

        @Override
        public void onMessage(MessageExt message) {
            // The guard is measured.
        }

    }

    @IdempotentConsumer
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

    @IdempotentConsumer
    static class JdbcBatch extends OneRow implements BatchListener<MessageExt> {

        private final JdbcTemplate jdbc;

        JdbcBatch(DeliveryStopwatch stopwatch, JdbcTemplate jdbc) {
            super(stopwatch, jdbc);
            this.jdbc = jdbc;
        }

        @Override
        @Transactional
        public BatchResult onMessages(List<MessageExt> messages) {
            this.jdbc.batchUpdate(EffectTable.INSERT,
                    messages.stream().map((message) -> new Object[] { message.getMsgId() }).toList());
            return BatchResult.ok();
        }

    }

}
