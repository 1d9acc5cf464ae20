package io.reliablemq.test.outbox;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;

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
import io.reliablemq.outbox.OutboxMessage;
import io.reliablemq.outbox.OutboxMode;
import io.reliablemq.outbox.OutboxOptions;
import io.reliablemq.outbox.OutboxRelay;
import io.reliablemq.outbox.OutboxStore;
import io.reliablemq.outbox.jdbc.JdbcOutboxStore;
import io.reliablemq.producer.Backoff;
import io.reliablemq.producer.MessageTransport;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendLimits;
import io.reliablemq.producer.SendOptions;
import io.reliablemq.producer.SendRetryPolicy;
import io.reliablemq.producer.StorageStatus;
import io.reliablemq.test.servers.H2Database;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * An outbox on H2 with a relay that has few threads and looks often.
 */
final class RelayOnH2 implements AutoCloseable {

    private final HikariDataSource dataSource = H2Database.open("");

    private final SnowflakeIdGenerator ids = SnowflakeIdGenerator.fixed(3, Clock.systemUTC(), Duration.ofSeconds(1));

    final JdbcTemplate jdbc = new JdbcTemplate(this.dataSource);

    final OutboxStore store;

    final OutboxRelay relay;

    final ReliableMQTemplate template;

    final TransactionTemplate transaction;

    RelayOnH2(MessageTransport transport, PayloadCodec codec, Duration lease, UnaryOperator<OutboxStore> wrap) {
        JdbcDatabase database = JdbcDatabase.detect(this.dataSource, Tables.defaults());
        new JdbcSchema(database).create();
        this.store = wrap.apply(new JdbcOutboxStore(database, codec, this.ids, UUID.randomUUID().toString(), lease));
        SendOptions options = SendOptions.defaults()
            .withMaxAttempts(2)
            .withAttemptTimeout(lease.dividedBy(3))
            .withBackoff(new Backoff(Duration.ofMillis(1), 1, Duration.ofMillis(1), 0));
        OutboxClusters clusters = new OutboxClusters();
        clusters.register(StoredMessage.DEFAULT_CLUSTER, transport);
        this.relay = new OutboxRelay(
                this.store, clusters, new OutboxOptions(lease, 100, Duration.ofMillis(20), Duration.ofDays(1), 2,
                        options.attemptTimeout(), StorageStatus.REPLICATED, Duration.ofSeconds(1)),
                SendLimits.none(), new SimpleMeterRegistry());
        DataSourceTransactionManager manager = new DataSourceTransactionManager(this.dataSource);
        manager.addListener(new CommitTracker(this.store));
        this.transaction = new TransactionTemplate(manager);
        this.template = ReliableMQTemplate.builder(new RocketMQTemplate(), (rocketMQ) -> transport, this.ids)
            .options(options)
            .retryPolicy(SendRetryPolicy.exponential(2, options.backoff()))
            .buffer(new Outbox(OutboxMode.TRANSACTIONAL, this.store, clusters, this.relay, DirectSends.none()))
            .build();
    }

    /** In one transaction. */
    void send(String topic, @Nullable String key, List<String> payloads) {
        this.transaction.executeWithoutResult((status) -> payloads.forEach((payload) -> {
            ReliableMessage.Builder<String> message = ReliableMessage.to(topic).payload(payload);
            this.template.send(((key != null) ? message.orderingKey(key) : message).build());
        }));
    }

    /** As somebody else has left it. */
    void store(String topic, @Nullable String key, List<String> payloads) {
        this.store.add(payloads.stream().map((payload) -> {
            long id = this.ids.nextId();
            return new OutboxMessage(StoredMessage.DEFAULT_CLUSTER, new PreparedMessage(id, "U" + id, topic, null,
                    List.of("" + id), payload.getBytes(), Map.of(), key, null), false, 0, false, null);
        }).toList());
    }

    List<String> topicsWith(String status) {
        return this.jdbc.queryForList("SELECT topic FROM reliable_mq_outbox WHERE status = ?", String.class, status);
    }

    @Override
    public void close() {
        this.relay.stop();
        this.dataSource.close();
    }

}
