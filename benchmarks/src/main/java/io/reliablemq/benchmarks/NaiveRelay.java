package io.reliablemq.benchmarks;

import java.util.List;
import java.util.stream.IntStream;

import javax.sql.DataSource;

import org.apache.rocketmq.spring.core.RocketMQTemplate;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.messaging.support.MessageBuilder;

/**
 * What one writes by hand first: select 100 messages, send each, update each row, commit
 * each. It keeps nothing apart for several instances, and no more than it needs in a
 * table whose only index besides the key holds what is not sent.
 */
final class NaiveRelay {

    private static final int AT_ONCE = 100;

    private final RocketMQTemplate rocketMQ;

    private final JdbcTemplate jdbc;

    private long lastId;

    NaiveRelay(RocketMQTemplate rocketMQ, DataSource dataSource) {
        this.rocketMQ = rocketMQ;
        this.jdbc = new JdbcTemplate(dataSource);
        this.jdbc.execute("CREATE TABLE bench_naive (id BIGINT PRIMARY KEY, payload TEXT NOT NULL, sent_at TIMESTAMP)");
        this.jdbc.execute("CREATE INDEX bench_naive_idx ON bench_naive (id) WHERE sent_at IS NULL");
    }

    double messagesPerSecond(int messages, String payload) {
        this.jdbc.execute("TRUNCATE TABLE bench_naive");
        this.jdbc.batchUpdate("INSERT INTO bench_naive (id, payload) VALUES (?, ?)",
                IntStream.range(0, messages).mapToObj((i) -> new Object[] { ++this.lastId, payload }).toList());
        long start = System.nanoTime();
        List<Stored> some = next();
        while (!some.isEmpty()) {
            some.forEach(this::relay);
            some = next();
        }
        return messages * 1e9 / (System.nanoTime() - start);
    }

    private List<Stored> next() {
        return this.jdbc.query("SELECT id, payload FROM bench_naive WHERE sent_at IS NULL ORDER BY id LIMIT " + AT_ONCE,
                (row, number) -> new Stored(row.getLong(1), row.getString(2)));
    }

    private void relay(Stored stored) {
        this.rocketMQ.syncSend(OutboxBenchmark.TOPIC,
                MessageBuilder.withPayload(stored.payload()).setHeader("KEYS", "order-1").build());
        this.jdbc.update("UPDATE bench_naive SET sent_at = CURRENT_TIMESTAMP WHERE id = ?", stored.id());
    }

    private record Stored(long id, String payload) {
    }

}
