package io.reliablemq.test.outbox;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.message.InvalidMessageException;
import io.reliablemq.message.LoggingContext;
import io.reliablemq.message.ReliableMessage;
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
import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.Backoff;
import io.reliablemq.producer.Delivery;
import io.reliablemq.producer.FailureKind;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendFailedException;
import io.reliablemq.producer.SendLimits;
import io.reliablemq.producer.SendOptions;
import io.reliablemq.producer.SendReceipt;
import io.reliablemq.producer.SendRetryPolicy;
import io.reliablemq.producer.StorageStatus;
import io.reliablemq.test.servers.H2Database;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.MDC;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Modes and places, on H2 and without a broker.
 */
class OutboxTests {

    private final SnowflakeIdGenerator ids = SnowflakeIdGenerator.fixed(3, Clock.systemUTC(), Duration.ofSeconds(1));

    private final RecordingTransport transport = new RecordingTransport();

    private HikariDataSource dataSource;

    private TransactionTemplate transaction;

    private JdbcTemplate jdbc;

    private OutboxStore store;

    private SendLimits limits = SendLimits.none();

    private OutboxRelay relay;

    private ReliableMQTemplate template;

    @BeforeEach
    void createTables() {
        this.dataSource = H2Database.open("");
        JdbcDatabase database = JdbcDatabase.detect(this.dataSource, Tables.defaults());
        new JdbcSchema(database).create();
        this.jdbc = new JdbcTemplate(this.dataSource);
        this.store = new JdbcOutboxStore(database, PayloadCodec.plain(), this.ids, UUID.randomUUID().toString(),
                Duration.ofSeconds(30));
        DataSourceTransactionManager manager = new DataSourceTransactionManager(this.dataSource);
        manager.addListener(new CommitTracker(this.store));
        this.transaction = new TransactionTemplate(manager);
    }

    @AfterEach
    void close() {
        if (this.relay != null) {
            this.relay.stop();
        }
        this.dataSource.close();
    }

    private void use(OutboxMode mode) {
        SendOptions options = SendOptions.defaults()
            .withMaxAttempts(2)
            .withMdcKeys(List.of("tenant"))
            .withBackoff(new Backoff(Duration.ofMillis(1), 1, Duration.ofMillis(1), 0));
        OutboxClusters clusters = new OutboxClusters();
        clusters.register(StoredMessage.DEFAULT_CLUSTER, this.transport);
        this.relay = new OutboxRelay(this.store, clusters,
                new OutboxOptions(Duration.ofSeconds(30), 100, Duration.ofMillis(50), Duration.ofDays(1), 2,
                        options.attemptTimeout(), StorageStatus.REPLICATED, Duration.ofSeconds(10)),
                this.limits, new SimpleMeterRegistry());
        this.template = ReliableMQTemplate.builder(new RocketMQTemplate(), (rocketMQ) -> this.transport, this.ids)
            .options(options)
            .retryPolicy(SendRetryPolicy.exponential(2, options.backoff()))
            .buffer(new Outbox(mode, this.store, clusters, this.relay, DirectSends.none()))
            .build();
    }

    private void fail(FailureKind kind, boolean uncertain) {
        this.transport.answer = (messages) -> new AttemptResult.Failed(RecordingTransport.QUEUE, kind, uncertain,
                new IllegalStateException("broken"), "Mend it.");
    }

    private SendReceipt send(String payload) {
        return this.template.send("orders", payload);
    }

    private Map<String, Object> row() {
        return this.jdbc.queryForMap("SELECT * FROM reliable_mq_outbox");
    }

    private int rows() {
        return this.jdbc.queryForObject("SELECT COUNT(*) FROM reliable_mq_outbox", Integer.class);
    }

    @ParameterizedTest
    @CsvSource({ "TRANSACTIONAL, OUTBOXED, 1, 0, ACKNOWLEDGED, 1, 1", "ALWAYS, OUTBOXED, 1, 0, OUTBOXED, 2, 0",
            "FALLBACK, OUTBOXED, 0, 1, ACKNOWLEDGED, 0, 2", "OFF, ACKNOWLEDGED, 0, 1, ACKNOWLEDGED, 0, 2" })
    void knowsWhatToDoInEachMode(OutboxMode mode, Delivery inside, int rowsInside, int sentInside, Delivery outside,
            int rowsInAll, int sentInAll) {
        use(mode);
        this.transaction.executeWithoutResult((status) -> {
            assertThat(send("inside").delivery()).isEqualTo(inside);
            assertThat(this.transport.sent()).hasSize((mode == OutboxMode.OFF) ? 1 : 0);
            assertThat(rows()).isZero();
        });
        await().untilAsserted(() -> assertThat(this.transport.sent()).hasSize(sentInside));
        assertThat(rows()).isEqualTo(rowsInside);

        assertThat(send("outside").delivery()).isEqualTo(outside);
        assertThat(rows()).isEqualTo(rowsInAll);
        assertThat(this.transport.sent()).hasSize(sentInAll);
    }

    @ParameterizedTest
    @EnumSource(OutboxMode.class)
    void sendsNoGhostOfATransactionThatWasRolledBack(OutboxMode mode) {
        use(mode);
        this.relay.start();
        this.transaction.executeWithoutResult((status) -> {
            send("ghost");
            this.template.sendAsync("orders", "ghost").join();
            status.setRollbackOnly();
        });
        this.transaction.executeWithoutResult((status) -> send("real"));

        await().untilAsserted(() -> assertThat(this.transport.sent()).contains("real"));
        assertThat(this.transport.sent()).hasSize((mode == OutboxMode.OFF) ? 3 : 1);
    }

    @ParameterizedTest
    @EnumSource(value = OutboxMode.class, names = "OFF", mode = EnumSource.Mode.EXCLUDE)
    void storesWhatCannotBeSent(OutboxMode mode) {
        use(mode);
        fail(FailureKind.TRANSIENT, true);

        SendReceipt receipt = send("later");

        assertThat(receipt.delivery()).isEqualTo(Delivery.OUTBOXED);
        assertThat(row()).containsEntry("MESSAGE_ID", receipt.id()).containsEntry("UNIQ_KEY", receipt.msgId());
        if (mode != OutboxMode.ALWAYS) {
            assertThat(receipt.attempts()).isEqualTo(2);
            assertThat(row()).containsEntry("ATTEMPTS", 2).containsEntry("UNCERTAIN", 1);
        }
        this.transport.answer = (messages) -> RecordingTransport.stored();
        this.relay.start();
        await().untilAsserted(() -> assertThat(this.transport.sent()).containsExactly("later"));
    }

    @ParameterizedTest
    @CsvSource({ "true, 20000", "false, 1000" })
    void waitsAfterTheTemplatesOwnAttempts(boolean copies, long least) {
        use(OutboxMode.TRANSACTIONAL);
        AttemptResult failed = new AttemptResult.Failed(RecordingTransport.QUEUE, FailureKind.TRANSIENT, true,
                new IllegalStateException("no answer"), "Mend it.");
        this.transport.answer = (messages) -> copies
                ? new AttemptResult.Stored(RecordingTransport.QUEUE, StorageStatus.STORED, 1) : failed;

        send("later");

        assertThat(this.jdbc.queryForObject("SELECT due_at - created_at FROM reliable_mq_outbox", Long.class))
            .isBetween(least, 4 * least);
    }

    @Test
    void storesWhatCannotBeSentAfterTheCommit() {
        use(OutboxMode.FALLBACK);
        fail(FailureKind.UNAVAILABLE, false);
        this.transaction.executeWithoutResult((status) -> send("later"));

        await().untilAsserted(() -> assertThat(rows()).isOne());
    }

    @Test
    void doesNotStoreWhatCanNeverBeSent() {
        use(OutboxMode.TRANSACTIONAL);
        fail(FailureKind.ILLEGAL, false);

        assertThatExceptionOfType(SendFailedException.class).isThrownBy(() -> send("too large"))
            .satisfies((ex) -> assertThat(ex.isRetryable()).isFalse());
        assertThat(rows()).isZero();
    }

    @Test
    void throwsWhatItCannotStoreEither() {
        use(OutboxMode.TRANSACTIONAL);
        fail(FailureKind.TRANSIENT, false);
        this.jdbc.execute("ALTER TABLE reliable_mq_outbox RENAME TO elsewhere");

        assertThatExceptionOfType(SendFailedException.class).isThrownBy(() -> send("lost?"))
            .satisfies((ex) -> assertThat(ex.getSuppressed()).isNotEmpty());
        assertThatExceptionOfType(RuntimeException.class)
            .isThrownBy(() -> this.transaction.executeWithoutResult((status) -> send("inside")));
    }

    @Test
    void keepsToTheRateOfATopicWithoutFailingRows() {
        this.limits = SendLimits.of(Map.of("orders", 30.0));
        use(OutboxMode.TRANSACTIONAL);
        this.relay.start();
        long start = System.nanoTime();
        this.transaction.executeWithoutResult((status) -> IntStream.range(0, 50).forEach((i) -> {
            send("free");
            this.template.send(ReliableMessage.to("orders").payload("n" + i).orderingKey("c-1").build());
        }));
        this.transaction.executeWithoutResult((status) -> this.template.send("others", "other"));

        await().untilAsserted(() -> assertThat(this.transport.sent()).contains("other"));
        assertThat(this.transport.sent()).as("others do not wait for it").hasSizeLessThan(101);
        await().atMost(Duration.ofSeconds(60))
            .untilAsserted(() -> assertThat(this.store.statistics().pending()).isZero());
        assertThat(System.nanoTime() - start).isGreaterThan(Duration.ofMillis(2500).toNanos());
        assertThat(this.transport.sent()).hasSize(101);
        assertThat(this.transport.sent().stream().filter((payload) -> payload.startsWith("n")))
            .containsExactlyElementsOf(IntStream.range(0, 50).mapToObj((i) -> "n" + i).toList());
        assertThat(this.jdbc.queryForObject(
                "SELECT COUNT(*) FROM reliable_mq_outbox WHERE last_error IS NOT NULL OR attempts > 1", Integer.class))
            .isZero();
    }

    @Test
    void leavesOrderToTheRelay() {
        use(OutboxMode.TRANSACTIONAL);
        SendReceipt receipt = this.template
            .send(ReliableMessage.to("orders").payload("first").orderingKey("c-1").build());
        assertThat(receipt.delivery()).isEqualTo(Delivery.OUTBOXED);
        assertThat(this.transport.sent()).isEmpty();
        this.transaction.executeWithoutResult((status) -> IntStream.range(0, 25)
            .forEach((i) -> this.template
                .send(ReliableMessage.to("orders").payload("n" + i).orderingKey("c-1").build())));

        this.relay.start();

        await().untilAsserted(() -> assertThat(this.store.statistics().pending()).isZero());
        assertThat(this.transport.sent()).startsWith("first", "n0", "n1").hasSize(26).endsWith("n24");
        assertThat(this.transport.batches).as("sent together").hasSizeLessThan(10);
    }

    @Test
    void refusesAnOrderingKeyThatItCannotStore() {
        use(OutboxMode.TRANSACTIONAL);

        assertThatExceptionOfType(InvalidMessageException.class).isThrownBy(() -> this.template
            .send(ReliableMessage.to("orders").payload("x").orderingKey("k".repeat(256)).build()));
    }

    @Test
    void forgetsWhatWasSentSinceASavepoint() {
        use(OutboxMode.TRANSACTIONAL);
        TransactionTemplate nested = new TransactionTemplate(this.transaction.getTransactionManager());
        nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);
        this.relay.start();
        this.transaction.executeWithoutResult((outer) -> {
            nested.executeWithoutResult((status) -> {
                send("ghost");
                status.setRollbackOnly();
            });
            send("kept");
            nested.executeWithoutResult((status) -> {
                send("ghost");
                status.setRollbackOnly();
            });
            nested.executeWithoutResult((status) -> send("kept too"));
        });

        await().untilAsserted(() -> assertThat(this.transport.sent()).containsExactlyInAnyOrder("kept", "kept too"));
        assertThat(rows()).isEqualTo(2);
    }

    @Test
    void keepsSuspendedTransactionsApart() {
        use(OutboxMode.TRANSACTIONAL);
        TransactionTemplate separate = new TransactionTemplate(this.transaction.getTransactionManager());
        separate.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        this.relay.start();
        this.transaction.executeWithoutResult((outer) -> {
            send("ghost");
            separate.executeWithoutResult((status) -> send("separate"));
            send("ghost");
            outer.setRollbackOnly();
        });

        await().untilAsserted(() -> assertThat(this.transport.sent()).containsExactly("separate"));
        assertThat(rows()).isOne();
    }

    @Test
    void takesCallbacksAfterTheCommitForOutside() {
        use(OutboxMode.TRANSACTIONAL);
        CompletableFuture<SendReceipt> receipt = new CompletableFuture<>();
        this.transaction.executeWithoutResult(
                (status) -> TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

                    @Override
                    public void beforeCommit(boolean readOnly) {
                        send("before");
                    }

                    @Override
                    public void afterCommit() {
                        receipt.complete(send("after"));
                    }

                }));

        assertThat(receipt.join().delivery()).isEqualTo(Delivery.ACKNOWLEDGED);
        assertThat(this.jdbc.queryForList("SELECT status FROM reliable_mq_outbox", String.class)).hasSize(1);
        assertThat(this.transport.sent()).containsExactly("after");
    }

    @Test
    void takesTheLoggingContextAlong() {
        use(OutboxMode.TRANSACTIONAL);
        this.relay.start();
        MDC.put("tenant", "blue");
        try {
            this.transaction.executeWithoutResult((status) -> send("x"));
        }
        finally {
            MDC.remove("tenant");
        }

        await().untilAsserted(() -> assertThat(this.transport.sent()).hasSize(1));
        Map<String, String> headers = this.transport.batches.get(0).get(0).properties();
        assertThat(headers).containsEntry("RELIABLE_MDC_tenant", "blue");
        LoggingContext context = LoggingContext.open("7", headers);
        assertThat(MDC.get("tenant")).isEqualTo("blue");
        assertThat(MDC.get("reliableMqId")).isEqualTo("7");
        context.close();
        assertThat(MDC.get("tenant")).isNull();
    }

    @Test
    void parksOnlyWhatCanNeverBeSent() {
        use(OutboxMode.TRANSACTIONAL);
        this.transport.answer = (messages) -> messages.stream().anyMatch((it) -> new String(it.body()).equals("bad"))
                ? new AttemptResult.Failed(null, FailureKind.ILLEGAL, false, new IllegalStateException("no"), "Mend.")
                : RecordingTransport.stored();
        this.relay.start();
        this.transaction.executeWithoutResult((status) -> List.of("a", "b", "bad", "c").forEach(this::send));

        await().untilAsserted(() -> assertThat(this.transport.sent()).containsExactlyInAnyOrder("a", "b", "c"));
        await().untilAsserted(() -> assertThat(this.store.parked(10)).hasSize(1));
        assertThat(this.store.parked(10).get(0).reason()).contains("no", "Mend.");
    }

    @Test
    void keepsSendingOthersWhileOneTopicFails() {
        use(OutboxMode.ALWAYS);
        this.transport.answer = (messages) -> messages.get(0).topic().equals("dead") ? new AttemptResult.Failed(null,
                FailureKind.UNAVAILABLE, false, new IllegalStateException("no route"), "Create it.")
                : RecordingTransport.stored();
        IntStream.range(0, 300).forEach((i) -> this.template.send("dead", "d" + i));
        send("alive");
        this.relay.start();

        await().untilAsserted(() -> assertThat(this.transport.sent()).containsExactly("alive"));
        assertThat(this.store.parked(10)).isEmpty();
        assertThat(this.store.statistics().pending()).isEqualTo(300);
    }

}
