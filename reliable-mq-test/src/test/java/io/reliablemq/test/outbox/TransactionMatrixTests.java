package io.reliablemq.test.outbox;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.message.ReliableMessage;
import io.reliablemq.outbox.OutboxMode;
import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.test.outbox.TransactionProgram.Block;
import io.reliablemq.test.outbox.TransactionProgram.Manager;
import io.reliablemq.test.outbox.TransactionProgram.Propagation;
import io.reliablemq.test.outbox.TransactionProgram.Send;
import io.reliablemq.test.outbox.TransactionProgram.Step;
import io.reliablemq.test.servers.H2Database;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.JdbcTransactionObjectSupport;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Managers within managers, on H2 and without a broker: a message is sent exactly if the
 * transaction on the outbox's DataSource that it was sent in is committed, never before,
 * and those of a key in the order of the commits.
 */
class TransactionMatrixTests {

    private static final int RANDOM_PROGRAMS = 200;

    private final HikariDataSource other = H2Database.open("");

    private final Map<Manager, AbstractPlatformTransactionManager> managers = new EnumMap<>(Manager.class);

    /** What has not been committed yet: payloads by the transaction's connection. */
    private final Map<Object, List<String>> uncommitted = new ConcurrentHashMap<>();

    private final ConcurrentLinkedQueue<String> early = new ConcurrentLinkedQueue<>();

    private TestOutbox outbox;

    private HikariDataSource dataSource;

    @AfterEach
    void close() {
        this.outbox.close();
        this.other.close();
    }

    static Stream<Arguments> modesAndPools() {
        return Stream.of(OutboxMode.values())
            .flatMap((mode) -> Stream.of(true, false).map((autoCommit) -> Arguments.of(mode, autoCommit)));
    }

    @ParameterizedTest
    @MethodSource("modesAndPools")
    void sendsWhatIsCommittedAndNothingElse(OutboxMode mode, boolean autoCommit) {
        open(mode, autoCommit);
        List<Block> programs = new ArrayList<>();
        for (Manager outer : Manager.values()) {
            for (Manager inner : Manager.values()) {
                for (Propagation propagation : Propagation.values()) {
                    for (int ends = 0; ends < 4; ends++) {
                        programs.add(TransactionProgram.twoLevels(outer, inner, propagation, ends % 2 == 0, ends < 2));
                        programs.add(TransactionProgram.onlyWithin(outer, inner, propagation, ends % 2 == 0, ends < 2));
                    }
                }
            }
        }
        runAll(mode, programs);
    }

    @ParameterizedTest
    @MethodSource("modesAndPools")
    void sendsWhatIsCommittedOfAnyProgram(OutboxMode mode, boolean autoCommit) {
        open(mode, autoCommit);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Block> programs = Stream.generate(() -> TransactionProgram.random(random, 3))
            .limit(RANDOM_PROGRAMS)
            .toList();
        try {
            runAll(mode, programs);
        }
        catch (AssertionError ex) {
            throw new AssertionError("Seed " + seed, ex);
        }
    }

    private void open(OutboxMode mode, boolean autoCommit) {
        this.outbox = TestOutbox.open(mode, autoCommit);
        this.dataSource = this.outbox.dataSource;
        ExposingTransactionManager exposing = new ExposingTransactionManager(this.dataSource);
        exposing.flush = () -> this.uncommitted.remove(TransactionSynchronizationManager.getResource(this.dataSource));
        this.managers.put(Manager.OUTBOX, this.outbox.known(new CommittingManager()));
        this.managers.put(Manager.NO_BEAN, new CommittingManager());
        this.managers.put(Manager.EXPOSING, this.outbox.known(exposing));
        this.managers.put(Manager.OTHER, new DataSourceTransactionManager(this.other));
        this.managers.put(Manager.RESOURCELESS, new ResourcelessTransactionManager());
        this.outbox.transport.answer = this::answer;
        this.outbox.startQuietly();
    }

    private AttemptResult answer(List<PreparedMessage> messages) {
        messages.stream()
            .map((message) -> new String(message.body()))
            .filter((payload) -> this.uncommitted.values().stream().anyMatch((some) -> some.contains(payload)))
            .forEach(this.early::add);
        return RecordingTransport.stored();
    }

    /** Each with an ordering key of its own, and without one. */
    private void runAll(OutboxMode mode, List<Block> programs) {
        Map<String, List<String>> expected = new HashMap<>();
        Map<String, Block> run = new HashMap<>();
        for (int i = 0; i < programs.size(); i++) {
            List<String> sent = TransactionProgram.sent(programs.get(i));
            if (sent == null) {
                continue;
            }
            for (String name : new String[] { i + "/keyed", i + "/plain" }) {
                run.put(name, programs.get(i));
                try {
                    new Run(name, mode).run(programs.get(i));
                }
                catch (RuntimeException ex) {
                    throw new AssertionError(name + " " + programs.get(i), ex);
                }
                assertThat(TransactionSynchronizationManager.getResourceMap()).isEmpty();
                expected.put(name, (mode == OutboxMode.OFF) ? names(programs.get(i)) : sent);
            }
        }
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            this.outbox.beLoud();
            compare(expected, run);
            assertThat(this.outbox.store.statistics().pending()).isZero();
        });
        assertThat(this.early).as("sent before the commit").isEmpty();
        assertThat(expected).hasSizeGreaterThan(200);
    }

    private void compare(Map<String, List<String>> expected, Map<String, Block> run) {
        Map<String, List<String>> sent = new HashMap<>();
        for (String payload : this.outbox.transport.sent()) {
            int split = payload.lastIndexOf('/');
            sent.computeIfAbsent(payload.substring(0, split), (key) -> new ArrayList<>())
                .add(payload.substring(split + 1));
        }
        expected.forEach((name, names) -> {
            List<String> actual = sent.getOrDefault(name, List.of());
            if (name.endsWith("keyed")) {
                assertThat(actual).as(name + " " + run.get(name)).containsExactlyElementsOf(names);
            }
            else {
                assertThat(actual).as(name + " " + run.get(name)).containsExactlyInAnyOrderElementsOf(names);
            }
        });
    }

    private static List<String> names(Block block) {
        List<String> names = new ArrayList<>();
        for (Step step : block.steps()) {
            if (step instanceof Send send) {
                names.add(send.name());
            }
            else if (step instanceof Block inner) {
                names.addAll(names(inner));
            }
        }
        return names;
    }

    /** Of one program. */
    private final class Run {

        private final String name;

        private final OutboxMode mode;

        Run(String name, OutboxMode mode) {
            this.name = name;
            this.mode = mode;
        }

        void run(Block block) {
            PlatformTransactionManager manager = TransactionMatrixTests.this.managers.get(block.manager());
            DefaultTransactionDefinition definition = new DefaultTransactionDefinition(block.propagation().value);
            TransactionStatus status = manager.getTransaction(definition);
            Object connection = TransactionSynchronizationManager.getResource(TransactionMatrixTests.this.dataSource);
            if (status.isNewTransaction() && block.manager().isOfOutbox()) {
                TransactionMatrixTests.this.uncommitted.put(connection, new CopyOnWriteArrayList<>());
            }
            try {
                for (Step step : block.steps()) {
                    if (step instanceof Send send) {
                        send(send.name());
                    }
                    else if (step instanceof Block inner) {
                        run(inner);
                    }
                }
            }
            catch (RuntimeException | Error ex) {
                manager.rollback(status);
                throw ex;
            }
            end(manager, status, block.commits());
        }

        private void end(PlatformTransactionManager manager, TransactionStatus status, boolean commits) {
            if (!commits) {
                manager.rollback(status);
                return;
            }
            try {
                manager.commit(status);
            }
            catch (UnexpectedRollbackException ex) {
                // A part of it was rolled back.
            }
        }

        private void send(String payload) {
            // Binds a connection, whosever transaction is current.
            TransactionMatrixTests.this.outbox.jdbc.queryForObject("SELECT COUNT(*) FROM reliable_mq_outbox_key",
                    Integer.class);
            String key = this.name.endsWith("keyed") ? this.name : null;
            Object connection = TransactionSynchronizationManager.getResource(TransactionMatrixTests.this.dataSource);
            if (connection != null && this.mode != OutboxMode.OFF) {
                TransactionMatrixTests.this.uncommitted.computeIfPresent(connection, (id, payloads) -> {
                    payloads.add(this.name + "/" + payload);
                    return payloads;
                });
            }
            var message = ReliableMessage.to("orders").payload(this.name + "/" + payload);
            TransactionMatrixTests.this.outbox.template
                .send((key != null) ? message.orderingKey(key).build() : message.build());
        }

    }

    /** Tells when what was sent in a transaction may go out. */
    private final class CommittingManager extends DataSourceTransactionManager {

        CommittingManager() {
            super(TransactionMatrixTests.this.dataSource);
        }

        @Override
        protected void doCommit(DefaultTransactionStatus status) {
            TransactionMatrixTests.this.uncommitted
                .remove(((JdbcTransactionObjectSupport) status.getTransaction()).getConnectionHolder());
            super.doCommit(status);
        }

    }

}
