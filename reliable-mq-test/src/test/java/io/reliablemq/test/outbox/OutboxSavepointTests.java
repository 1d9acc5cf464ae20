package io.reliablemq.test.outbox;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.idempotency.CallOutcome;
import io.reliablemq.idempotency.GuardedCall;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.idempotency.TransactionalGuard;
import io.reliablemq.idempotency.jdbc.JdbcIdempotencyStore;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.outbox.CommitTracker;
import io.reliablemq.outbox.DirectSends;
import io.reliablemq.outbox.Outbox;
import io.reliablemq.outbox.OutboxClusters;
import io.reliablemq.outbox.OutboxMode;
import io.reliablemq.outbox.OutboxOptions;
import io.reliablemq.outbox.OutboxRelay;
import io.reliablemq.outbox.OutboxStore;
import io.reliablemq.outbox.jdbc.JdbcOutboxStore;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendLimits;
import io.reliablemq.producer.SendOptions;
import io.reliablemq.producer.SendRetryPolicy;
import io.reliablemq.producer.StorageStatus;
import io.reliablemq.test.servers.H2Database;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What the messages of a batch send, each behind a savepoint.
 */
class OutboxSavepointTests {

    private static final int MESSAGES = 4;

    private final SnowflakeIdGenerator ids = SnowflakeIdGenerator.fixed(3, Clock.systemUTC(), Duration.ofSeconds(1));

    private final RecordingTransport transport = new RecordingTransport();

    private final OutboxClusters clusters = new OutboxClusters();

    private final List<Integer> runs = new ArrayList<>();

    private HikariDataSource dataSource;

    private OutboxStore store;

    private JdbcIdempotencyStore records;

    private TransactionalGuard guard;

    private OutboxRelay relay;

    private ReliableMQTemplate template;

    @BeforeEach
    void open() {
        this.dataSource = H2Database.open("");
        JdbcDatabase database = JdbcDatabase.detect(this.dataSource, Tables.defaults());
        new JdbcSchema(database).create();
        this.store = new JdbcOutboxStore(database, PayloadCodec.plain(), this.ids, UUID.randomUUID().toString(),
                Duration.ofSeconds(30));
        this.records = new JdbcIdempotencyStore(database, this.dataSource, Duration.ofSeconds(5), Clock.systemUTC());
        DataSourceTransactionManager manager = new DataSourceTransactionManager(this.dataSource);
        manager.addListener(new CommitTracker(this.store));
        this.guard = new TransactionalGuard(this.records, manager, new DefaultTransactionDefinition(),
                Duration.ofDays(7), Clock.systemUTC())
            .withSavepoints();
        this.clusters.register(StoredMessage.DEFAULT_CLUSTER, this.transport);
        SendOptions options = SendOptions.defaults();
        this.relay = new OutboxRelay(this.store, this.clusters,
                new OutboxOptions(Duration.ofSeconds(30), 100, Duration.ofMillis(50), Duration.ofDays(1), 2,
                        options.attemptTimeout(), StorageStatus.REPLICATED, Duration.ofSeconds(10)),
                SendLimits.none(), new SimpleMeterRegistry());
        this.relay.start();
    }

    @AfterEach
    void close() {
        this.relay.stop();
        this.records.close();
        this.dataSource.close();
    }

    /** The first to send is the one that brings the outbox into the transaction. */
    @ParameterizedTest
    @CsvSource({ "TRANSACTIONAL, 0", "TRANSACTIONAL, 1", "TRANSACTIONAL, 3", "FALLBACK, 0", "FALLBACK, 2" })
    void sendsNothingOfAMessageThatWasTakenBack(OutboxMode mode, int failing) {
        use(mode);
        List<CallOutcome<Integer>> outcomes = this.guard.executeAll(calls(failing));

        assertThat(outcomes.get(failing)).isInstanceOf(CallOutcome.Failed.class);
        assertThat(this.runs).containsExactly(0, 1, 2, 3);
        assertThat(TransactionSynchronizationManager.getResourceMap()).isEmpty();
        await().untilAsserted(() -> assertThat(this.transport.sent()).hasSize(MESSAGES - 1));
        assertThat(this.transport.sent()).doesNotContain("m" + failing).doesNotHaveDuplicates();
        assertThat(new JdbcTemplate(this.dataSource).queryForObject("SELECT COUNT(*) FROM reliable_mq_outbox",
                Integer.class))
            .isEqualTo((mode == OutboxMode.TRANSACTIONAL) ? MESSAGES - 1 : 0);
    }

    private List<GuardedCall<Integer>> calls(int failing) {
        return IntStream.range(0, MESSAGES).mapToObj((number) -> {
            Callable<Integer> action = () -> {
                this.runs.add(number);
                this.template.send("orders", "m" + number);
                if (number == failing) {
                    throw new IOException("poison");
                }
                return number;
            };
            return new GuardedCall<>(RecordKey.ofMessageId("g", number), 1, action);
        }).toList();
    }

    private void use(OutboxMode mode) {
        SendOptions options = SendOptions.defaults();
        this.template = ReliableMQTemplate.builder(new RocketMQTemplate(), (rocketMQ) -> this.transport, this.ids)
            .options(options)
            .retryPolicy(SendRetryPolicy.exponential(2, options.backoff()))
            .buffer(new Outbox(mode, this.store, this.clusters, this.relay, DirectSends.none()))
            .build();
    }

}
