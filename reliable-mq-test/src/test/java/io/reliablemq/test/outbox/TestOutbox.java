package io.reliablemq.test.outbox;

import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
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
import io.reliablemq.outbox.OutboxMode;
import io.reliablemq.outbox.OutboxOptions;
import io.reliablemq.outbox.OutboxOutcome;
import io.reliablemq.outbox.OutboxRelay;
import io.reliablemq.outbox.OutboxStore;
import io.reliablemq.outbox.jdbc.JdbcOutboxStore;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendOptions;
import io.reliablemq.producer.SendReceipt;
import io.reliablemq.producer.StorageStatus;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.ReflectionUtils;

/**
 * An outbox with its relay, which does not run yet, and a template without a broker.
 */
final class TestOutbox implements AutoCloseable {

    final RecordingTransport transport = new RecordingTransport();

    final HikariDataSource dataSource;

    final JdbcTemplate jdbc;

    final OutboxStore store;

    final OutboxRelay relay;

    final ReliableMQTemplate template;

    final TransactionTemplate transaction;

    private final Queue<Collection<OutboxOutcome>> unsettled = new ConcurrentLinkedQueue<>();

    private volatile boolean quiet;

    private TestOutbox(HikariDataSource dataSource, OutboxMode mode, SendOptions options) {
        this.dataSource = dataSource;
        this.jdbc = new JdbcTemplate(dataSource);
        SnowflakeIdGenerator ids = SnowflakeIdGenerator.fixed(3, Clock.systemUTC(), Duration.ofSeconds(1));
        JdbcDatabase database = JdbcDatabase.detect(dataSource, Tables.defaults());
        new JdbcSchema(database).create();
        this.store = new JdbcOutboxStore(database, PayloadCodec.plain(), ids, UUID.randomUUID().toString(),
                Duration.ofSeconds(30));
        OutboxClusters clusters = new OutboxClusters();
        clusters.register(StoredMessage.DEFAULT_CLUSTER, this.transport);
        this.relay = new OutboxRelay(quietly(this.store), clusters,
                new OutboxOptions(Duration.ofSeconds(30), 100, Duration.ofMillis(50), Duration.ofDays(1), 8,
                        options.attemptTimeout(), StorageStatus.REPLICATED, Duration.ofSeconds(10)),
                new SimpleMeterRegistry());
        this.template = ReliableMQTemplate.builder(new RocketMQTemplate(), (rocketMQ) -> this.transport, ids)
            .options(options)
            .buffer(new Outbox(mode, this.store, clusters, this.relay, DirectSends.none()))
            .build();
        this.transaction = new TransactionTemplate(known(new DataSourceTransactionManager(dataSource)));
    }

    /** What the relay sees of the store: nothing to look for, as long as it is quiet. */
    @SuppressWarnings("unchecked")
    private OutboxStore quietly(OutboxStore real) {
        return (OutboxStore) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { OutboxStore.class },
                (proxy, method, arguments) -> {
                    if (this.quiet && method.getName().equals("settle")) {
                        this.unsettled.add((Collection<OutboxOutcome>) arguments[0]);
                        return 0;
                    }
                    if (this.quiet && method.getReturnType() == List.class) {
                        return List.of();
                    }
                    return ReflectionUtils.invokeMethod(method, real, arguments);
                });
    }

    /**
     * Lets the relay send what is committed here, without asking the database while
     * others use it: H2 fails now and then under load.
     */
    void startQuietly() {
        this.quiet = true;
        this.relay.start();
    }

    /** To be called until nothing is pending: marks may be under way. */
    void beLoud() {
        this.quiet = false;
        for (Collection<OutboxOutcome> some = this.unsettled.poll(); some != null; some = this.unsettled.poll()) {
            this.store.settle(some);
        }
    }

    static TestOutbox open(OutboxMode mode, boolean autoCommit, int connections, SendOptions options) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        config.setUsername("sa");
        config.setPassword("");
        config.setAutoCommit(autoCommit);
        config.setMaximumPoolSize(connections);
        config.setConnectionTimeout(2000);
        return new TestOutbox(new HikariDataSource(config), mode, options);
    }

    static TestOutbox open(OutboxMode mode, boolean autoCommit) {
        return open(mode, autoCommit, 10, SendOptions.defaults());
    }

    static TestOutbox open(HikariDataSource dataSource, OutboxMode mode) {
        return new TestOutbox(dataSource, mode, SendOptions.defaults());
    }

    <T extends AbstractPlatformTransactionManager> T known(T manager) {
        manager.addListener(new CommitTracker(this.store));
        return manager;
    }

    SendReceipt send(String payload) {
        return this.template.send("orders", payload);
    }

    SendReceipt send(String payload, String key) {
        return this.template.send(ReliableMessage.to("orders").payload(payload).orderingKey(key).build());
    }

    int rows() {
        return this.jdbc.queryForObject("SELECT COUNT(*) FROM reliable_mq_outbox", Integer.class);
    }

    @Override
    public void close() {
        this.relay.stop();
        this.template.close();
        this.dataSource.close();
    }

}
