package io.reliablemq.test.outbox;

import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.outbox.jdbc.JdbcDirectSends;
import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.StorageStatus;
import io.reliablemq.test.servers.H2Database;
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
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.util.ReflectionUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The ledger of direct sends on H2: what it notes, and what it says of the rest.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class DirectSendsTests {

    private final SnowflakeIdGenerator ids = SnowflakeIdGenerator.fixed(3, Clock.systemUTC(), Duration.ofSeconds(1));

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private final List<Gap> gaps = new CopyOnWriteArrayList<>();

    private HikariDataSource dataSource;

    private JdbcTemplate jdbc;

    private JdbcDirectSends ledger;

    private volatile @Nullable Throwable gapFailure;

    @BeforeEach
    void open() {
        this.dataSource = H2Database.open("");
        JdbcDatabase database = JdbcDatabase.detect(this.dataSource, Tables.defaults());
        new JdbcSchema(database).create();
        this.jdbc = new JdbcTemplate(this.dataSource);
        this.ledger = new JdbcDirectSends(database, new PoisonedCodec(), this.ids, Set.of("orders"), Duration.ofDays(1),
                this.meters, this::gap, Clock.systemUTC());
    }

    @AfterEach
    void close() {
        this.ledger.close();
        this.dataSource.close();
    }

    private void gap(Instant from, Instant to) {
        Throwable failure = this.gapFailure;
        this.gapFailure = null;
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof RuntimeException exception) {
            throw exception;
        }
        this.gaps.add(new Gap(from, to));
    }

    enum Poison {

        EXCEPTION, ERROR, REFUSED_BY_THE_DATABASE

    }

    @ParameterizedTest
    @EnumSource
    void aMessageThatCannotBeNotedCostsOnlyItself(Poison poison, CapturedOutput output) {
        Instant before = Instant.now();
        for (int i = 0; i < 100; i++) {
            boolean bad = i == 50;
            record((bad && poison != Poison.REFUSED_BY_THE_DATABASE) ? poison.name() : "secret " + i,
                    (bad && poison == Poison.REFUSED_BY_THE_DATABASE) ? "k".repeat(300) : null);
        }
        this.ledger.start();

        await().untilAsserted(() -> assertThat(noted()).isEqualTo(99));
        await().untilAsserted(() -> assertThat(this.gaps).isNotEmpty());
        assertThat(this.gaps.get(0).from()).isBefore(before.plusSeconds(1));
        assertThat(this.gaps.get(0).to()).isAfter(before);
        assertThat(missed()).isOne();
        record("after", null);
        await().untilAsserted(() -> assertThat(noted()).isEqualTo(100));
        assertThat(output).contains("1 of 100 direct sends could not be noted").doesNotContain("secret");
    }

    @Test
    void notesNothingTwiceWhenItTriesAgain() {
        for (int i = 0; i < 64; i++) {
            record((i % 7 == 0) ? "EXCEPTION" : "x", null);
        }
        this.ledger.start();

        await().untilAsserted(() -> assertThat(missed()).isEqualTo(10));
        assertThat(noted()).isEqualTo(54);
        assertThat(this.jdbc.queryForObject("SELECT COUNT(DISTINCT message_id) FROM reliable_mq_ledger", Integer.class))
            .isEqualTo(54);
    }

    /** The number may have been drawn twice, as by a copy of the database. */
    @Test
    void doesNotTakeAnotherMessagesRowForItsOwn(CapturedOutput output) {
        this.ledger = numbered(this.dataSource);
        record("first", null);
        this.ledger.start();
        await().untilAsserted(() -> assertThat(noted()).isOne());

        record("second", null);

        await().untilAsserted(() -> assertThat(this.gaps).isNotEmpty());
        assertThat(missed()).isOne();
        assertThat(noted()).isOne();
        assertThat(output).contains("1 of 1 direct sends could not be noted").doesNotContain("second");
    }

    @Test
    void findsItsOwnRowWhenTheCommitWasNotAnswered() {
        AtomicInteger answers = new AtomicInteger();
        this.ledger = numbered(new DelegatingDataSource(this.dataSource) {

            @Override
            public Connection getConnection() throws SQLException {
                Connection real = super.getConnection();
                return (Connection) Proxy.newProxyInstance(getClass().getClassLoader(),
                        new Class<?>[] { Connection.class }, (proxy, method, arguments) -> {
                            Object result = ReflectionUtils.invokeMethod(method, real, arguments);
                            if (method.getName().equals("commit") && answers.getAndIncrement() == 0) {
                                throw new SQLException("The answer is lost");
                            }
                            return result;
                        });
            }

        });
        record("x", null);
        record("y", null);
        this.ledger.start();

        await().untilAsserted(() -> assertThat(answers).hasValueGreaterThan(0));
        this.ledger.close();
        assertThat(noted()).isEqualTo(2);
        assertThat(missed()).isZero();
        assertThat(this.gaps).isEmpty();
    }

    /** Draws the same numbers each time. */
    private JdbcDirectSends numbered(DataSource source) {
        MessageIdGenerator numbers = new MessageIdGenerator() {

            @Override
            public long nextId() {
                return 1;
            }

            @Override
            public long[] nextIds(int count) {
                return LongStream.rangeClosed(1, count).toArray();
            }

        };
        return new JdbcDirectSends(JdbcDatabase.detect(source, Tables.defaults()), new PoisonedCodec(), numbers,
                Set.of("orders"), Duration.ofDays(1), this.meters, this::gap, Clock.systemUTC());
    }

    @Test
    void recordsAGapForWhatIsAcknowledgedWhileTheApplicationCloses() {
        this.ledger.start();
        await().until(() -> this.ledger.isRunning());
        this.ledger.stop();
        assertThat(this.gaps).isEmpty();
        Instant before = Instant.now();

        record("late", null);
        this.ledger.close();

        assertThat(this.gaps).singleElement().satisfies((gap) -> {
            assertThat(gap.from()).isBeforeOrEqualTo(before);
            assertThat(gap.to()).isAfter(before);
        });
        assertThat(noted()).isOne();
    }

    @Test
    void isWrittenOnWhenItIsStoppedBeforeAllIsNoted() {
        IntStream.range(0, 1200).forEach((i) -> record("x", null));
        this.ledger.start();
        this.ledger.stop();

        assertThat(noted()).isEqualTo(1200);
        assertThat(this.gaps).isEmpty();
    }

    @Test
    void saysSoWhenTheLastGapCannotBeRecorded(CapturedOutput output) {
        this.ledger.start();
        this.ledger.stop();
        this.dataSource.close();
        this.gapFailure = new IllegalStateException("closed");

        record("late", null);
        this.ledger.close();

        await().untilAsserted(() -> assertThat(this.gaps).isNotEmpty());
        assertThat(output).contains("could not be noted", "could not be recorded; trying again");
    }

    @ParameterizedTest
    @EnumSource(names = { "EXCEPTION", "ERROR" })
    void survivesWhatTheGapsListenerThrows(Poison poison) {
        this.gapFailure = (poison == Poison.ERROR) ? new OutOfMemoryError("simulated")
                : new IllegalStateException("simulated");
        record("EXCEPTION", null);
        this.ledger.start();

        await().untilAsserted(() -> assertThat(this.gaps).isNotEmpty());
        record("after", null);
        await().untilAsserted(() -> assertThat(noted()).isOne());
    }

    @Test
    void survivesAnInterrupt() {
        this.ledger.start();
        Thread writer = Thread.getAllStackTraces()
            .keySet()
            .stream()
            .filter((thread) -> thread.getName().equals("reliable-mq-ledger"))
            .findFirst()
            .orElseThrow();
        writer.interrupt();
        await().until(() -> !writer.isInterrupted());

        record("after", null);

        await().untilAsserted(() -> assertThat(noted()).isOne());
    }

    private void record(String payload, @Nullable String orderingKey) {
        long id = this.ids.nextId();
        this.ledger.record("default",
                new PreparedMessage(id, "U" + id, "orders", null, List.of(Long.toString(id)),
                        payload.getBytes(StandardCharsets.UTF_8), Map.of(), orderingKey, null),
                new AttemptResult.Stored(RecordingTransport.QUEUE, StorageStatus.REPLICATED, 1));
    }

    private int noted() {
        return this.jdbc.queryForObject("SELECT COUNT(*) FROM reliable_mq_ledger", Integer.class);
    }

    private double missed() {
        return this.meters.counter("reliable.mq.ledger.missed").count();
    }

    private record Gap(Instant from, Instant to) {
    }

    /** Cannot write some payloads. */
    private static final class PoisonedCodec implements PayloadCodec {

        @Override
        public byte[] encode(byte[] payload) {
            String text = new String(payload, StandardCharsets.UTF_8);
            if (text.equals(Poison.EXCEPTION.name())) {
                throw new IllegalStateException("The key is gone");
            }
            if (text.equals(Poison.ERROR.name())) {
                throw new OutOfMemoryError("simulated");
            }
            return payload;
        }

        @Override
        public byte[] decode(byte[] stored, @Nullable String encoding) {
            return stored;
        }

        @Override
        public String encoding() {
            return "plain";
        }

    }

}
