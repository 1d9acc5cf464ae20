package io.reliablemq.benchmarks;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.benchmarks.report.Goal;
import io.reliablemq.benchmarks.report.Measure;
import io.reliablemq.benchmarks.report.Sample;
import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.message.ReliableMessage;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.outbox.CommitTracker;
import io.reliablemq.outbox.DirectSends;
import io.reliablemq.outbox.Outbox;
import io.reliablemq.outbox.OutboxClusters;
import io.reliablemq.outbox.OutboxMessage;
import io.reliablemq.outbox.OutboxMode;
import io.reliablemq.outbox.OutboxOptions;
import io.reliablemq.outbox.OutboxRelay;
import io.reliablemq.outbox.OutboxStore;
import io.reliablemq.outbox.jdbc.JdbcOutboxStore;
import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.MessageTransport;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendOptions;
import io.reliablemq.producer.SendRetryPolicy;
import io.reliablemq.producer.SendTarget;
import io.reliablemq.rocketmq.transport.RocketMQMessageTransport;
import io.reliablemq.test.servers.PostgresServer;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The outbox on a durable PostgreSQL, one JVM: how many messages it stores, sends and
 * marks, and how long after a commit the broker has them.
 */
final class OutboxBenchmark implements AutoCloseable {

    static final String TOPIC = "bench-outbox";

    private static final int THREADS = 8;

    private static final int PAUSE_MILLIS = 10;

    private static final String DIRECT = "direct send";

    private static final String DISPATCH = "outbox: from the commit's return to the acknowledgement";

    private static final int AT_ONCE = 1000;

    private final RocketMQTemplate rocketMQ;

    private final HikariDataSource dataSource = PostgresServer.durable().dataSource();

    private final JdbcTemplate jdbc = new JdbcTemplate(this.dataSource);

    private final SnowflakeIdGenerator ids = SnowflakeIdGenerator.fixed(2, Clock.systemUTC(), Duration.ofMillis(10));

    private final String payload = "x".repeat(1024);

    private final Map<Long, Long> acknowledged = new ConcurrentHashMap<>();

    private final TransactionTemplate transaction;

    private final OutboxStore store;

    private final MessageTransport transport;

    private final OutboxRelay relay;

    private final ReliableMQTemplate direct;

    private final ReliableMQTemplate outboxed;

    OutboxBenchmark(RocketMQTemplate rocketMQ) {
        this.rocketMQ = rocketMQ;
        JdbcDatabase database = JdbcDatabase.detect(this.dataSource, Tables.defaults());
        new JdbcSchema(database).create();
        this.jdbc.execute("CREATE TABLE bench_order (id BIGINT PRIMARY KEY)");
        this.store = new JdbcOutboxStore(database, PayloadCodec.plain(), this.ids, UUID.randomUUID().toString(),
                Duration.ofSeconds(30));
        DataSourceTransactionManager manager = new DataSourceTransactionManager(this.dataSource);
        manager.addListener(new CommitTracker(this.store));
        this.transaction = new TransactionTemplate(manager);
        SendOptions options = SendOptions.defaults();
        this.transport = new Timed(new RocketMQMessageTransport(rocketMQ));
        OutboxClusters clusters = new OutboxClusters();
        clusters.register(StoredMessage.DEFAULT_CLUSTER, this.transport);
        this.relay = new OutboxRelay(this.store, clusters, OutboxOptions.defaults(options), new SimpleMeterRegistry());
        SendRetryPolicy policy = SendRetryPolicy.exponential(options.maxAttempts(), options.backoff());
        this.direct = ReliableMQTemplate.builder(rocketMQ, (template) -> this.transport, this.ids)
            .options(options)
            .retryPolicy(policy)
            .meters(new SimpleMeterRegistry())
            .build();
        this.outboxed = ReliableMQTemplate.builder(rocketMQ, (template) -> this.transport, this.ids)
            .options(options)
            .retryPolicy(policy)
            .buffer(new Outbox(OutboxMode.TRANSACTIONAL, this.store, clusters, this.relay, DirectSends.none()))
            .meters(new SimpleMeterRegistry())
            .build();
        this.relay.start();
    }

    /** One row and one message per transaction, until all messages are marked. */
    Comparison throughput(int messages) {
        return new Comparison("one row and one message, PostgreSQL, " + THREADS + " threads",
                "commit, then ReliableMQTemplate.send (may be lost in between)",
                () -> inTransactions(messages, this.direct, true))
            .add("outbox: stored, sent and marked", () -> inTransactions(messages, this.outboxed, false));
    }

    private double inTransactions(int messages, ReliableMQTemplate template, boolean afterwards) throws Exception {
        long start = System.nanoTime();
        inParallel(messages, (i) -> {
            this.transaction.executeWithoutResult((status) -> {
                this.jdbc.update("INSERT INTO bench_order (id) VALUES (?)", this.ids.nextId());
                if (!afterwards) {
                    template.send(message());
                }
            });
            if (afterwards) {
                template.send(message());
            }
        });
        awaitSent();
        return messages * 1e9 / (System.nanoTime() - start);
    }

    /** What another instance has left behind, relayed and marked. */
    Comparison backlog(int messages, int naiveMessages) {
        NaiveRelay naive = new NaiveRelay(this.rocketMQ, this.dataSource);
        return new Comparison("a backlog of messages of 1 KiB, PostgreSQL",
                "naive relay: select 100, send each, update each, commit each",
                () -> naive.messagesPerSecond(naiveMessages, this.payload))
            .add("outbox relay", () -> relay(messages));
    }

    private double relay(int messages) throws InterruptedException {
        fill(messages);
        return relayFilled(messages);
    }

    double relayFilled(int messages) throws InterruptedException {
        long start = System.nanoTime();
        this.relay.start();
        awaitSent();
        return messages * 1e9 / (System.nanoTime() - start);
    }

    void fill(int messages) {
        this.relay.stop();
        this.jdbc.execute("TRUNCATE TABLE reliable_mq_outbox");
        this.acknowledged.clear();
        for (int added = 0; added < messages; added += AT_ONCE) {
            this.store.add(IntStream.range(0, Math.min(AT_ONCE, messages - added)).mapToObj((n) -> {
                PreparedMessage message = this.transport.prepare(message(), this.ids.nextId(), null);
                return new OutboxMessage(StoredMessage.DEFAULT_CLUSTER, message, false, 0, false, null);
            }).toList());
        }
    }

    /**
     * From the commit's return to the broker's acknowledgement, 100 messages a second.
     */
    Comparison latency(int messages) {
        return new Comparison("outbox-latency", "100 messages a second, PostgreSQL", "msg/s", DIRECT,
                () -> directLatency(messages))
            .contestant(DISPATCH, () -> dispatchLatency(messages))
            .goal(new Goal("outbox-latency", "post-commit dispatch at 100/s, p50", "direct send",
                    Goal.Check.ADDS_AT_MOST, Measure.P50, DISPATCH, DIRECT, 2));
    }

    private Sample directLatency(int messages) throws InterruptedException {
        long[] nanos = new long[messages];
        for (int i = 0; i < messages; i++) {
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            long start = System.nanoTime();
            this.direct.send(message());
            nanos[i] = System.nanoTime() - start;
        }
        return Sample.latencies(nanos);
    }

    private Sample dispatchLatency(int messages) throws InterruptedException {
        Map<Long, Long> committed = new HashMap<>();
        for (int i = 0; i < messages; i++) {
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            Long id = this.transaction.execute((status) -> {
                this.jdbc.update("INSERT INTO bench_order (id) VALUES (?)", this.ids.nextId());
                return this.outboxed.send(message()).id();
            });
            committed.put(Objects.requireNonNull(id), System.nanoTime());
        }
        awaitSent();
        return Sample.latencies(committed.entrySet()
            .stream()
            .mapToLong((each) -> Objects.requireNonNull(this.acknowledged.get(each.getKey())) - each.getValue())
            .map((nanos) -> Math.max(0, nanos))
            .toArray());
    }

    private ReliableMessage<String> message() {
        return ReliableMessage.to(TOPIC).payload(this.payload).key("order-1").build();
    }

    private void awaitSent() throws InterruptedException {
        // Counting all that is left would cost more than sending it.
        while (!this.jdbc.queryForList("SELECT 1 FROM reliable_mq_outbox WHERE status = 'PENDING' LIMIT 1").isEmpty()) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private static void inParallel(int count, java.util.function.IntConsumer work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> done = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            done.add(threads.submit(() -> IntStream.range(0, count / THREADS).forEach(work)));
        }
        for (Future<?> each : done) {
            each.get();
        }
        threads.shutdown();
    }

    @Override
    public void close() {
        this.relay.stop();
        this.dataSource.close();
    }

    /** Notes when messages were acknowledged. */
    private final class Timed implements MessageTransport {

        private final MessageTransport target;

        Timed(MessageTransport target) {
            this.target = target;
        }

        @Override
        public PreparedMessage prepare(ReliableMessage<?> message, long id, @Nullable Instant deliverAt) {
            return this.target.prepare(message, id, deliverAt);
        }

        @Override
        public AttemptResult send(PreparedMessage message, @Nullable SendTarget failed, Duration timeout)
                throws InterruptedException {
            return this.target.send(message, failed, timeout);
        }

        @Override
        public int batchSize(List<PreparedMessage> messages) {
            return this.target.batchSize(messages);
        }

        @Override
        public AttemptResult sendBatch(List<PreparedMessage> messages, @Nullable SendTarget failed, Duration timeout)
                throws InterruptedException {
            AttemptResult result = this.target.sendBatch(messages, failed, timeout);
            long now = System.nanoTime();
            messages.forEach((message) -> OutboxBenchmark.this.acknowledged.put(message.id(), now));
            return result;
        }

    }

}
