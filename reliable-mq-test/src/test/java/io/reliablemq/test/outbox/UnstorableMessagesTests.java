package io.reliablemq.test.outbox;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.message.InvalidMessageException;
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
import io.reliablemq.producer.AfterCommitSender;
import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.Backoff;
import io.reliablemq.producer.Delivery;
import io.reliablemq.producer.FailureKind;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendAllFailedException;
import io.reliablemq.producer.SendFailedException;
import io.reliablemq.producer.SendOptions;
import io.reliablemq.producer.SendReceipt;
import io.reliablemq.producer.SendRetryPolicy;
import io.reliablemq.producer.StorageStatus;
import io.reliablemq.test.servers.H2Database;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

/**
 * Neither the broker takes a message nor, for sure, the outbox. On H2 and without a
 * broker; the payload "bad" cannot be stored, and "slow" takes a while.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class UnstorableMessagesTests {

    private final SnowflakeIdGenerator ids = SnowflakeIdGenerator.fixed(3, Clock.systemUTC(), Duration.ofSeconds(1));

    private final RecordingTransport transport = new RecordingTransport() {

        @Override
        public @Nullable CompletableFuture<AttemptResult> sendAsync(PreparedMessage message, Duration timeout) {
            UnstorableMessagesTests.this.begun = true;
            return UnstorableMessagesTests.this.answersAreAwaited ? new CompletableFuture<>() : null;
        }

    };

    private boolean answersAreAwaited;

    private volatile boolean begun;

    private volatile boolean databaseIsDown;

    private volatile boolean commitsAreNotAnswered;

    private volatile boolean batchesMeetOthers;

    private HikariDataSource h2;

    private JdbcTemplate jdbc;

    private TransactionTemplate transaction;

    private OutboxStore store;

    private Outbox outbox;

    private ReliableMQTemplate template;

    @BeforeEach
    void createTables() {
        this.h2 = H2Database.open("");
        JdbcDatabase database = JdbcDatabase.detect(new FailingDataSource(), Tables.defaults());
        new JdbcSchema(database).create();
        this.jdbc = new JdbcTemplate(this.h2);
        this.store = new JdbcOutboxStore(database, new RefusingCodec(), this.ids, UUID.randomUUID().toString(),
                Duration.ofSeconds(30));
        DataSourceTransactionManager manager = new DataSourceTransactionManager(database.dataSource());
        manager.addListener(new CommitTracker(this.store));
        this.transaction = new TransactionTemplate(manager);
    }

    @AfterEach
    void close() {
        Thread.interrupted();
        this.template.close();
        this.h2.close();
    }

    @Test
    void tellsWhatWasSentWhenTheRestCannotBeStored() {
        use(OutboxMode.TRANSACTIONAL);
        failAfter(1);

        SendAllFailedException failure = catchThrowableOfType(SendAllFailedException.class,
                () -> this.template.sendAll(messages("bad", 25)));

        assertThat(failure.getReceipts()).hasSize(10);
        assertThat(failure.getUnsentIds()).hasSize(15);
        assertThat(failure.getTriedIds()).hasSize(10);
        assertThat(failure.isUncertain()).isFalse();
        assertThat(failure.getCause().getSuppressed()).hasOnlyElementsOfType(IllegalStateException.class);
        assertThat(rows()).isEmpty();
    }

    @Test
    void saysThatAMessageIsLostAfterTheCommit(CapturedOutput output) {
        use(OutboxMode.FALLBACK);
        failAfter(0);

        this.transaction.executeWithoutResult((status) -> this.template.send("orders", "bad"));

        await().untilAsserted(() -> assertThat(output).contains("is lost: it could neither be sent after the commit"));
    }

    @Test
    void saysThatAMessageMayBeLostWhenItIsGivenUpWhileClosing(CapturedOutput output) {
        use(OutboxMode.FALLBACK);
        this.answersAreAwaited = true;
        this.transaction.executeWithoutResult((status) -> this.template.send("orders", "bad"));
        await().until(() -> this.begun);

        this.template.close();

        assertThat(output).contains("may be lost: it could neither be sent after the commit");
    }

    @Test
    void keepsTheOthersAfterTheCommitWhenOneCannotBeStored() {
        use(OutboxMode.FALLBACK);
        failAfter(0);

        this.transaction.executeWithoutResult(
                (status) -> List.of("a", "bad", "b").forEach((payload) -> this.template.send("orders", payload)));

        await().untilAsserted(() -> assertThat(rows()).hasSize(2));
    }

    @Test
    void keepsAfterTheCommitWhatFailedWithAnError() {
        use(OutboxMode.FALLBACK);
        this.transport.answer = (messages) -> {
            throw new NoClassDefFoundError("Missing");
        };

        this.transaction.executeWithoutResult((status) -> this.template.send("orders", "x"));

        await().untilAsserted(() -> assertThat(rows()).hasSize(1));
    }

    @Test
    void storesWithTheTransactionWhatCouldNotBeSentAfterIt() {
        use(OutboxMode.FALLBACK);
        this.template.close();

        this.transaction.executeWithoutResult(
                (status) -> List.of("a", "b").forEach((payload) -> this.template.send("orders", payload)));

        assertThat(rows()).hasSize(2);
        assertThatExceptionOfType(IllegalStateException.class)
            .isThrownBy(() -> this.transaction.executeWithoutResult((status) -> this.template.send("orders", "bad")));
    }

    @Test
    void goesOnAfterTheCommitWhateverIsThrown(CapturedOutput output) {
        use(OutboxMode.FALLBACK);
        List<PreparedMessage> messages = messages("x", 3).stream()
            .map((message) -> this.transport.prepare(message, this.ids.nextId(), null))
            .toList();
        List<PreparedMessage> sent = new ArrayList<>();
        AfterCommitSender sender = new AfterCommitSender() {

            @Override
            public boolean reserve() {
                return true;
            }

            @Override
            public void cancel() {
            }

            @Override
            public void send(PreparedMessage message) {
                sent.add(message);
                if (sent.size() < 3) {
                    throw new IllegalStateException("bug " + sent.size());
                }
            }

        };

        this.transaction.executeWithoutResult((status) -> this.outbox.keep(this.transport, messages, sender));

        assertThat(sent).containsExactlyElementsOf(messages);
        assertThat(output).contains("bug 1", "bug 2");
    }

    @Test
    void isUncertainWhenStoringWasNotAnswered() {
        use(OutboxMode.TRANSACTIONAL);
        failAfter(0);
        this.commitsAreNotAnswered = true;

        SendFailedException failure = catchThrowableOfType(SendFailedException.class,
                () -> this.template.send("orders", "x"));

        assertThat(failure.isUncertain()).isTrue();
        assertThat(failure.getAttempts()).isEqualTo(2);
        assertThat(failure).hasMessageContaining("outbox may have stored").hasMessageContaining("under the same id");
        assertThat(failure.getSuppressed()).hasSize(1);
        assertThat(rows()).containsExactly(failure.getId());
    }

    @Test
    void isUncertainOfAllThatWereToBeStoredTogether() {
        use(OutboxMode.TRANSACTIONAL);
        failAfter(1);
        this.commitsAreNotAnswered = true;

        SendAllFailedException failure = catchThrowableOfType(SendAllFailedException.class,
                () -> this.template.sendAll(messages("x", 25)));

        assertThat(failure.isUncertain()).isTrue();
        assertThat(failure.getReceipts()).hasSize(10);
        assertThat(failure.getTriedIds()).hasSize(15).isEqualTo(failure.getUnsentIds());
        assertThat(rows()).containsExactlyInAnyOrderElementsOf(boxed(failure.getUnsentIds()));
    }

    @Test
    void isUncertainWhenStoringInsteadOfSendingWasNotAnswered() {
        use(OutboxMode.ALWAYS);
        this.commitsAreNotAnswered = true;

        SendFailedException one = catchThrowableOfType(SendFailedException.class,
                () -> this.template.send("orders", "x"));
        SendAllFailedException several = catchThrowableOfType(SendAllFailedException.class,
                () -> this.template.sendAll(messages("x", 3)));

        assertThat(List.of(one, several)).allMatch((failure) -> failure.isUncertain() && failure.getAttempts() == 0);
        assertThat(one).hasMessageContaining("under the same id");
        assertThat(several.getTriedIds()).hasSize(3).isEqualTo(several.getUnsentIds());
        assertThat(several.getReceipts()).isEmpty();
        assertThat(rows()).contains(one.getId()).containsAll(boxed(several.getUnsentIds())).hasSize(4);
        assertThat(this.template.sendAsync("orders", "x")).isCompletedExceptionally();
        assertThat(this.transport.sent()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(value = OutboxMode.class, names = { "TRANSACTIONAL", "ALWAYS" })
    void isCertainWhenNothingWasCommitted(OutboxMode mode) {
        use(mode);
        failAfter(0);
        this.databaseIsDown = true;

        SendFailedException one = catchThrowableOfType(SendFailedException.class,
                () -> this.template.send("orders", "x"));
        SendAllFailedException several = catchThrowableOfType(SendAllFailedException.class,
                () -> this.template.sendAll(messages("x", 3)));

        assertThat(List.of(one, several)).noneMatch(SendFailedException::isUncertain);
        assertThat(several.getUnsentIds()).hasSize(3);
        assertThat(several.getReceipts()).isEmpty();
    }

    @Test
    void aConflictAtTheCommitQuotesNoValues() {
        use(OutboxMode.TRANSACTIONAL);
        this.batchesMeetOthers = true;

        assertThatExceptionOfType(CannotAcquireLockException.class)
            .isThrownBy(() -> this.transaction.executeWithoutResult((status) -> this.template.send("orders", "secret")))
            .satisfies((failure) -> assertThat(failure).hasStackTraceContaining("40001")
                .extracting(Throwable::getCause)
                .asString()
                .doesNotContain("secret"));
    }

    @Test
    void storesOnAnInterruptedThread() {
        use(OutboxMode.TRANSACTIONAL);
        Thread.currentThread().interrupt();

        SendReceipt receipt = this.template.send("orders", "x");

        assertThat(Thread.interrupted()).as("still interrupted").isTrue();
        assertThat(receipt.delivery()).isEqualTo(Delivery.OUTBOXED);
        assertThat(rows()).containsExactly(receipt.id());
    }

    @Test
    void storesWhatIsBeingTriedAgainWhenTheTemplateIsClosed() {
        use(OutboxMode.FALLBACK);
        CountDownLatch attempts = new CountDownLatch(2);
        this.transport.answer = (messages) -> {
            attempts.countDown();
            if (attempts.getCount() == 0) {
                awaitInterrupt(Duration.ofMinutes(1));
            }
            return failed();
        };
        this.transaction.executeWithoutResult((status) -> this.template.send("orders", "slow"));
        await().until(() -> attempts.getCount() == 0);

        this.template.close();

        assertThat(rows()).hasSize(1);
    }

    @Test
    void takesNoneWhenOneOfThemIsRefused() {
        use(OutboxMode.FALLBACK);

        this.transaction.executeWithoutResult((status) -> {
            assertThatExceptionOfType(InvalidMessageException.class).isThrownBy(
                    () -> this.template.sendAll(List.of(message("plain", null), message("ordered", "k".repeat(256)))));
            this.template.sendAll(List.of(message("plain", null), message("ordered", "k")));
        });
        await().until(() -> !this.transport.sent().isEmpty());
        this.template.close();

        assertThat(this.transport.sent()).containsExactly("plain");
        assertThat(rows()).hasSize(1);
    }

    private void use(OutboxMode mode) {
        SendOptions options = SendOptions.defaults()
            .withMaxAttempts(2)
            .withDrainTimeout(Duration.ofMillis(1))
            .withBackoff(new Backoff(Duration.ofMillis(1), 1, Duration.ofMillis(1), 0));
        OutboxClusters clusters = new OutboxClusters();
        clusters.register(StoredMessage.DEFAULT_CLUSTER, this.transport);
        OutboxRelay relay = new OutboxRelay(this.store, clusters,
                new OutboxOptions(Duration.ofSeconds(30), 100, Duration.ofMillis(50), Duration.ofDays(1), 2,
                        options.attemptTimeout(), StorageStatus.REPLICATED, Duration.ofSeconds(10)),
                new SimpleMeterRegistry());
        this.outbox = new Outbox(mode, this.store, clusters, relay, DirectSends.none());
        this.template = ReliableMQTemplate.builder(new RocketMQTemplate(), (rocketMQ) -> this.transport, this.ids)
            .options(options)
            .retryPolicy(SendRetryPolicy.exponential(2, options.backoff()))
            .buffer(this.outbox)
            .build();
    }

    private void failAfter(int batches) {
        this.transport.answer = (messages) -> (this.transport.batches.size() < batches) ? RecordingTransport.stored()
                : failed();
    }

    private static AttemptResult failed() {
        return new AttemptResult.Failed(RecordingTransport.QUEUE, FailureKind.TRANSIENT, false,
                new IllegalArgumentException("broken"), "Mend it.");
    }

    private static void awaitInterrupt(Duration most) {
        try {
            boolean unused = new CountDownLatch(1).await(most.toNanos(), TimeUnit.NANOSECONDS);
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<ReliableMessage<String>> messages(String payload, int count) {
        return IntStream.range(0, count).mapToObj((i) -> message(payload, null)).toList();
    }

    private static ReliableMessage<String> message(String payload, @Nullable String orderingKey) {
        ReliableMessage.Builder<String> builder = ReliableMessage.to("orders").payload(payload);
        return ((orderingKey != null) ? builder.orderingKey(orderingKey) : builder).build();
    }

    private List<Long> rows() {
        return this.jdbc.queryForList("SELECT message_id FROM reliable_mq_outbox", Long.class);
    }

    private static List<Long> boxed(long[] values) {
        return LongStream.of(values).boxed().toList();
    }

    private final class FailingDataSource extends DelegatingDataSource {

        private FailingDataSource() {
            super(UnstorableMessagesTests.this.h2);
        }

        @Override
        public Connection getConnection() throws SQLException {
            if (UnstorableMessagesTests.this.databaseIsDown) {
                throw new SQLException("refused", "08001");
            }
            Connection connection = super.getConnection();
            return (Connection) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { Connection.class },
                    (proxy, method, args) -> {
                        Object result;
                        try {
                            result = method.invoke(connection, args);
                        }
                        catch (InvocationTargetException ex) {
                            throw ex.getCause();
                        }
                        if (UnstorableMessagesTests.this.commitsAreNotAnswered && method.getName().equals("commit")) {
                            throw new SQLException("connection lost", "08006");
                        }
                        return (UnstorableMessagesTests.this.batchesMeetOthers
                                && result instanceof PreparedStatement statement) ? meetingOthers(statement) : result;
                    });
        }

        /** As PostgreSQL's driver tells it. */
        private PreparedStatement meetingOthers(PreparedStatement statement) {
            return (PreparedStatement) Proxy.newProxyInstance(getClass().getClassLoader(),
                    new Class<?>[] { PreparedStatement.class }, (proxy, method, args) -> {
                        if (method.getName().equals("executeBatch")) {
                            throw new BatchUpdateException(
                                    "Batch entry 0 INSERT INTO x VALUES (('secret')) was aborted", "40001", new int[0]);
                        }
                        return method.invoke(statement, args);
                    });
        }

    }

    private static final class RefusingCodec implements PayloadCodec {

        @Override
        public @Nullable String encoding() {
            return null;
        }

        @Override
        public byte[] encode(byte[] payload) {
            if (new String(payload).equals("bad")) {
                throw new IllegalStateException("no key");
            }
            if (new String(payload).equals("slow")) {
                awaitInterrupt(Duration.ofMillis(300));
            }
            return payload;
        }

        @Override
        public byte[] decode(byte[] stored, @Nullable String encoding) {
            return stored;
        }

    }

}
