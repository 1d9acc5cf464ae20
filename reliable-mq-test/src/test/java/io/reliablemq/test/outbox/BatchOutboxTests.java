package io.reliablemq.test.outbox;

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
import io.reliablemq.idempotency.GuardResult;
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
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Messages that are processed in one transaction, and each send another one.
 */
class BatchOutboxTests {

    private static final int BATCH = 8;

    private final SnowflakeIdGenerator ids = SnowflakeIdGenerator.fixed(3, Clock.systemUTC(), Duration.ofSeconds(1));

    private final RecordingTransport transport = new RecordingTransport();

    private HikariDataSource dataSource;

    private OutboxStore outbox;

    private JdbcIdempotencyStore records;

    private TransactionalGuard guard;

    private OutboxRelay relay;

    private ReliableMQTemplate template;

    @BeforeEach
    void createTables() {
        this.dataSource = H2Database.open(";LOCK_TIMEOUT=5000");
        JdbcDatabase database = JdbcDatabase.detect(this.dataSource, Tables.defaults());
        new JdbcSchema(database).create();
        this.outbox = new JdbcOutboxStore(database, PayloadCodec.plain(), this.ids, UUID.randomUUID().toString(),
                Duration.ofSeconds(30));
        DataSourceTransactionManager manager = new DataSourceTransactionManager(this.dataSource);
        manager.addListener(new CommitTracker(this.outbox));
        this.records = new JdbcIdempotencyStore(database, this.dataSource, Duration.ofSeconds(5), Clock.systemUTC());
        this.guard = new TransactionalGuard(this.records, manager, new DefaultTransactionDefinition(),
                Duration.ofDays(7), Clock.systemUTC());
    }

    private void use(OutboxMode mode) {
        SendOptions options = SendOptions.defaults();
        OutboxClusters clusters = new OutboxClusters();
        clusters.register(StoredMessage.DEFAULT_CLUSTER, this.transport);
        this.relay = new OutboxRelay(this.outbox, clusters,
                new OutboxOptions(Duration.ofSeconds(30), 100, Duration.ofMillis(50), Duration.ofDays(1), 2,
                        options.attemptTimeout(), StorageStatus.REPLICATED, Duration.ofSeconds(10)),
                SendLimits.none(), new SimpleMeterRegistry());
        this.template = ReliableMQTemplate.builder(new RocketMQTemplate(), (rocketMQ) -> this.transport, this.ids)
            .options(options)
            .retryPolicy(SendRetryPolicy.exponential(2, options.backoff()))
            .buffer(new Outbox(mode, this.outbox, clusters, this.relay, DirectSends.none()))
            .build();
        this.relay.start();
    }

    @AfterEach
    void close() {
        this.relay.stop();
        this.records.close();
        this.dataSource.close();
    }

    @ParameterizedTest
    @EnumSource(value = OutboxMode.class, names = "OFF", mode = EnumSource.Mode.EXCLUDE)
    void sendsNothingOfTheOneThatFailsAndOnceWhatTheOthersSend(OutboxMode mode) {
        use(mode);
        List<CallOutcome<Integer>> outcomes = run((number) -> {
            send(number);
            if (number == 5) {
                throw new IllegalStateException("poison");
            }
            return number;
        });
        assertThat(outcomes).filteredOn(CallOutcome.Failed.class::isInstance).hasSize(1).contains(outcomes.get(5));
        assertSent(0, 1, 2, 3, 4, 6, 7);

        run(this::send);
        assertSent(0, 1, 2, 3, 4, 6, 7, 5);
    }

    @ParameterizedTest
    @EnumSource(value = OutboxMode.class, names = "OFF", mode = EnumSource.Mode.EXCLUDE)
    void sendsNothingOfTheOneThatCannotBeCommitted(OutboxMode mode) {
        use(mode);
        run((number) -> {
            if (number == 2) {
                TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

                    @Override
                    public void beforeCommit(boolean readOnly) {
                        throw new IllegalStateException("at the commit");
                    }

                });
            }
            return send(number);
        });
        assertSent(0, 1, 3, 4, 5, 6, 7);
    }

    @ParameterizedTest
    @EnumSource(value = OutboxMode.class, names = "OFF", mode = EnumSource.Mode.EXCLUDE)
    void sendsNothingOfTheOneThatAListenerOfSeveralFindsToFail(OutboxMode mode) {
        use(mode);
        List<Integer> sizes = new ArrayList<>();
        this.guard.executeAll(calls(this::send), (calls) -> {
            sizes.add(calls.size());
            List<CallOutcome<Integer>> outcomes = new ArrayList<>();
            for (GuardedCall<Integer> call : calls) {
                int number = (int) Long.parseLong(call.key().identity(), 16);
                send(number);
                outcomes.add((number == 3) ? new CallOutcome.Failed<>(new IllegalStateException("poison"))
                        : new CallOutcome.Decided<>(new GuardResult.Processed<>(number)));
            }
            return outcomes;
        });
        assertThat(sizes).containsExactly(BATCH, BATCH - 1);
        assertSent(0, 1, 2, 4, 5, 6, 7);
    }

    /** When all that is stored has gone, too. */
    private void assertSent(Integer... numbers) {
        String[] expected = List.of(numbers).stream().map((number) -> "n" + number).toArray(String[]::new);
        await().untilAsserted(() -> assertThat(this.transport.sent()).contains(expected));
        await().until(() -> this.outbox.statistics().pending() == 0);
        assertThat(this.transport.sent()).containsExactlyInAnyOrder(expected);
        assertThat(new JdbcTemplate(this.dataSource)
            .queryForObject("SELECT COUNT(*) FROM reliable_mq_inbox WHERE status = 'DONE'", Integer.class))
            .isEqualTo(numbers.length);
    }

    private int send(int number) {
        this.template.send("orders", "n" + number);
        return number;
    }

    private List<CallOutcome<Integer>> run(Action action) {
        return this.guard.executeAll(calls(action));
    }

    private static List<GuardedCall<Integer>> calls(Action action) {
        return IntStream.range(0, BATCH).mapToObj((number) -> {
            Callable<Integer> call = () -> action.run(number);
            return new GuardedCall<>(RecordKey.ofMessageId("GID", number), 1, call);
        }).toList();
    }

    /** What a listener does with a message. */
    @FunctionalInterface
    private interface Action {

        int run(int number) throws Exception;

    }

}
