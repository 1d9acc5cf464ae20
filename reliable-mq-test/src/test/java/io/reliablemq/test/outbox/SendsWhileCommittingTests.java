package io.reliablemq.test.outbox;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.reliablemq.outbox.OutboxMode;
import io.reliablemq.outbox.OutboxStoreException;
import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.Backoff;
import io.reliablemq.producer.FailureKind;
import io.reliablemq.producer.SendOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.core.Ordered;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.datasource.ConnectionProxy;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * What is sent around the commit, and what the commit waits for. On H2 and without a
 * broker.
 */
@Timeout(60)
class SendsWhileCommittingTests {

    private TestOutbox outbox;

    @AfterEach
    void close() {
        this.outbox.close();
    }

    /** The last connection of the pool is the committing one. */
    @ParameterizedTest
    @CsvSource({ "true, 1, false", "false, 1, false", "true, 2, true", "false, 1, true" })
    void storesWithTheTransactionWhateverIsSentBeforeTheCommit(boolean autoCommit, int connections, boolean known) {
        this.outbox = TestOutbox.open(OutboxMode.TRANSACTIONAL, autoCommit, connections, SendOptions.defaults());
        ExposingTransactionManager manager = new ExposingTransactionManager(this.outbox.dataSource);
        if (known) {
            this.outbox.known(manager);
        }
        manager.flush = () -> this.outbox.send("flush");
        manager.addListener(new TransactionExecutionListener() {

            @Override
            public void beforeCommit(TransactionExecution transaction) {
                SendsWhileCommittingTests.this.outbox.send("listener");
            }

        });
        List<Integer> rowsAfterTheCommit = new ArrayList<>();
        new TransactionTemplate(manager).executeWithoutResult((status) -> {
            this.outbox.send("first");
            register(() -> this.outbox.send("callback"), () -> rowsAfterTheCommit.add(this.outbox.rows()));
        });

        assertThat(rowsAfterTheCommit).as("committed with the transaction").containsExactly(4);
        this.outbox.relay.start();
        await().untilAsserted(() -> assertThat(this.outbox.transport.sent()).containsExactlyInAnyOrder("first",
                "callback", "listener", "flush"));
    }

    @ParameterizedTest
    @ValueSource(booleans = { true, false })
    void takesNothingOfACommitThatFails(boolean autoCommit) {
        this.outbox = TestOutbox.open(OutboxMode.TRANSACTIONAL, autoCommit);
        ExposingTransactionManager manager = this.outbox.known(new ExposingTransactionManager(this.outbox.dataSource));
        manager.flush = () -> {
            this.outbox.send("ghost", "k");
            throw new IllegalStateException("flush");
        };
        this.outbox.relay.start();

        assertThatExceptionOfType(IllegalStateException.class).isThrownBy(
                () -> new TransactionTemplate(manager).executeWithoutResult((status) -> this.outbox.send("ghost")));
        this.outbox.transaction.executeWithoutResult((status) -> this.outbox.send("real", "k"));

        await().untilAsserted(() -> assertThat(this.outbox.transport.sent()).containsExactly("real"));
        assertThat(this.outbox.rows()).isOne();
    }

    private static void register(Runnable beforeCommit, Runnable afterCommit) {
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

            @Override
            public int getOrder() {
                return Ordered.LOWEST_PRECEDENCE;
            }

            @Override
            public void beforeCommit(boolean readOnly) {
                beforeCommit.run();
            }

            @Override
            public void afterCommit() {
                afterCommit.run();
            }

        });
    }

    /** Also if nothing was sent before it, so that nobody listened. */
    @ParameterizedTest
    @CsvSource({ "true, true", "true, false", "false, true", "false, false" })
    void losesNothingThatIsFirstSentByTheCommit(boolean autoCommit, boolean known) {
        this.outbox = TestOutbox.open(OutboxMode.TRANSACTIONAL, autoCommit);
        ExposingTransactionManager manager = new ExposingTransactionManager(this.outbox.dataSource);
        if (known) {
            this.outbox.known(manager);
        }
        manager.flush = () -> this.outbox.send("flush", "k");
        this.outbox.relay.start();

        new TransactionTemplate(manager).executeWithoutResult((status) -> {
        });

        await().untilAsserted(() -> assertThat(this.outbox.transport.sent()).containsExactly("flush"));
    }

    @ParameterizedTest
    @EnumSource(value = OutboxMode.class, names = "OFF", mode = EnumSource.Mode.EXCLUDE)
    void keepsWhatWasSentBeforeASavepointWhateverIsFlushed(OutboxMode mode) {
        this.outbox = TestOutbox.open(mode, true);
        TransactionTemplate nested = new TransactionTemplate(this.outbox.transaction.getTransactionManager());
        nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);
        this.outbox.relay.start();

        this.outbox.transaction.executeWithoutResult((outer) -> {
            this.outbox.send("kept", "k");
            this.outbox.send("kept too");
            nested.executeWithoutResult((status) -> {
                this.outbox.send("ghost", "k");
                this.outbox.send("ghost");
                status.flush();
                TransactionSynchronizationManager.getSynchronizations().forEach(TransactionSynchronization::flush);
                status.setRollbackOnly();
            });
            this.outbox.send("last", "k");
        });

        await().untilAsserted(() -> assertThat(this.outbox.transport.sent()).contains("kept", "last")
            .containsExactlyInAnyOrder("kept", "kept too", "last"));
    }

    /** What MariaDB, MySQL and H2 do after a deadlock, if somebody catches it. */
    @ParameterizedTest
    @CsvSource({ "TRANSACTIONAL, true", "TRANSACTIONAL, false", "FALLBACK, true", "ALWAYS, true" })
    void doesNotCommitHalfATransaction(OutboxMode mode, boolean changesFirst) {
        this.outbox = TestOutbox.open(mode, true);
        this.outbox.jdbc.execute("CREATE TABLE effect (id INT PRIMARY KEY)");
        this.outbox.relay.start();

        assertThatExceptionOfType(OutboxStoreException.class)
            .isThrownBy(() -> this.outbox.transaction.executeWithoutResult((status) -> {
                if (changesFirst) {
                    this.outbox.jdbc.update("INSERT INTO effect VALUES (1)");
                }
                this.outbox.send("before");
                this.outbox.jdbc.update("INSERT INTO effect VALUES (2)");
                rollBack();
                this.outbox.jdbc.update("INSERT INTO effect VALUES (3)");
                this.outbox.send("after");
            }))
            .withMessageContaining("rolled the transaction back by itself");
        this.outbox.transaction.executeWithoutResult((status) -> {
            this.outbox.jdbc.update("INSERT INTO effect VALUES (4)");
            rollBack();
            this.outbox.jdbc.update("INSERT INTO effect VALUES (5)");
            this.outbox.send("of the second only");
        });

        await().untilAsserted(() -> assertThat(this.outbox.transport.sent()).containsExactly("of the second only"));
        assertThat(this.outbox.jdbc.queryForList("SELECT id FROM effect", Integer.class)).containsExactly(5);
    }

    private void rollBack() {
        this.outbox.jdbc.execute((ConnectionCallback<Void>) (connection) -> {
            ((ConnectionProxy) connection).getTargetConnection().rollback();
            return null;
        });
    }

    private static void awaitOpen(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        }
        catch (InterruptedException ex) {
            throw new IllegalStateException(ex);
        }
    }

    /** Many threads, a broker that hangs, few connections. */
    @Test
    void waitsForNoBrokerAfterTheCommit() throws Exception {
        this.outbox = TestOutbox.open(OutboxMode.FALLBACK, true, 4,
                SendOptions.defaults()
                    .withMaxInFlight(20)
                    .withMaxAttempts(2)
                    .withBackoff(new Backoff(Duration.ofMillis(1), 1, Duration.ofMillis(1), 0)));
        CountDownLatch hangs = new CountDownLatch(1);
        this.outbox.transport.answer = (messages) -> {
            awaitOpen(hangs);
            return new AttemptResult.Failed(RecordingTransport.QUEUE, FailureKind.TRANSIENT, true,
                    new IllegalStateException("no answer"), "Mend it.");
        };
        AtomicInteger committed = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(16);
        for (int i = 0; i < 200; i++) {
            String payload = "m" + i;
            threads.execute(() -> {
                this.outbox.transaction.executeWithoutResult((status) -> this.outbox.send(payload));
                committed.incrementAndGet();
            });
        }
        threads.shutdown();

        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).as("all committed while the broker hangs").isTrue();
        assertThat(committed).hasValue(200);
        assertThat(this.outbox.rows()).as("stored, for want of places").isEqualTo(180);
        hangs.countDown();
        await().untilAsserted(() -> assertThat(this.outbox.rows()).isEqualTo(200));
    }

}
