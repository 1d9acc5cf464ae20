package io.reliablemq.test.jdbc;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.ReliableMQException;
import io.reliablemq.deadletter.DeadLetter;
import io.reliablemq.deadletter.DeadLetterFilter;
import io.reliablemq.deadletter.DeadLetterStatus;
import io.reliablemq.deadletter.DeadLetterStore;
import io.reliablemq.deadletter.DeliveryOrigin;
import io.reliablemq.deadletter.Parking;
import io.reliablemq.deadletter.ParkingFailure;
import io.reliablemq.deadletter.ParkingReason;
import io.reliablemq.deadletter.ParkingResult;
import io.reliablemq.deadletter.RecordPlace;
import io.reliablemq.deadletter.ReplayClaim;
import io.reliablemq.deadletter.UnstorableLetterException;
import io.reliablemq.deadletter.jdbc.JdbcDeadLetterStore;
import io.reliablemq.idempotency.IdempotencyStore;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.idempotency.jdbc.JdbcIdempotencyStore;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.retry.AttemptStore;
import io.reliablemq.retry.jdbc.JdbcAttemptStore;
import io.reliablemq.test.contract.DeadLetterStoreContract;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The contract on one database; a subclass says which.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class JdbcDeadLetterContract extends DeadLetterStoreContract {

    private static final String GROUP = "GID_jdbc";

    private HikariDataSource dataSource;

    private JdbcDeadLetterStore store;

    private JdbcIdempotencyStore records;

    private JdbcAttemptStore attempts;

    abstract HikariDataSource open();

    @BeforeAll
    void createTables() {
        this.dataSource = open();
        JdbcDatabase database = JdbcDatabase.detect(this.dataSource, Tables.defaults());
        new JdbcSchema(database).create();
        this.store = new JdbcDeadLetterStore(database, PayloadCodec.plain(), Clock.systemUTC());
        this.records = new JdbcIdempotencyStore(database, this.dataSource, Duration.ofSeconds(20), Clock.systemUTC());
        this.attempts = new JdbcAttemptStore(database);
    }

    @AfterAll
    void close() {
        this.records.close();
        this.dataSource.close();
    }

    HikariDataSource dataSource() {
        return this.dataSource;
    }

    /** The transaction that processes a message holds its record until it ends. */
    @Test
    void leavesAMessageAloneWhoseListenerRuns() throws Exception {
        Parking parking = parking("x".getBytes(StandardCharsets.UTF_8));
        Duration minute = Duration.ofMinutes(1);
        this.store.park(parking, RecordPlace.WITH_LETTERS);
        DeadLetter letter = letter();
        this.store.claim(letter.id(), "gone", null, Duration.ofMillis(1), RecordPlace.WITH_LETTERS);
        try (Connection listener = this.dataSource.getConnection()) {
            listener.setAutoCommit(false);
            try (PreparedStatement hold = listener
                .prepareStatement("SELECT token FROM reliable_mq_inbox WHERE consumer_group = ? FOR UPDATE")) {
                hold.setString(1, GROUP);
                hold.executeQuery().close();
            }
            assertThat(this.store.claim(letter.id(), "me", null, minute, RecordPlace.WITH_LETTERS))
                .isEqualTo(new ReplayClaim.Refused(DeadLetterStatus.REPLAYING));
            assertThat(this.store.takeBack(letter.id(), 1, "late", minute, RecordPlace.WITH_LETTERS))
                .contains(DeadLetterStatus.REPLAYING);
            assertThat(letter().replay().until()).isAfter(letter().updatedAt().plusSeconds(50));
            assertThat(this.store.discard(letter.id(), "why", null, RecordPlace.WITH_LETTERS))
                .contains(DeadLetterStatus.REPLAYING);
            assertThat(this.store.park(parking, RecordPlace.WITH_LETTERS)).isEqualTo(ParkingResult.IN_PROGRESS);
            listener.rollback();
        }
        assertThat(this.store.discard(letter.id(), "why", null, RecordPlace.WITH_LETTERS))
            .contains(DeadLetterStatus.DISCARDED);
    }

    /** An encrypting codec that fails: nothing is stored in the clear instead. */
    @Test
    void doesNotStoreWhatTheCodecDoesNotEncode() {
        JdbcDatabase database = JdbcDatabase.detect(this.dataSource, Tables.defaults());
        PayloadCodec failing = new PayloadCodec() {

            @Override
            public String encoding() {
                return "failing";
            }

            @Override
            public byte[] encode(byte[] payload) {
                throw new IllegalStateException("no key");
            }

            @Override
            public byte[] decode(byte[] stored, @Nullable String encoding) {
                throw new IllegalStateException("no key");
            }

        };
        JdbcDeadLetterStore encrypting = new JdbcDeadLetterStore(database, failing, Clock.systemUTC());
        Parking parking = parking("secret".getBytes(StandardCharsets.UTF_8));
        assertThatExceptionOfType(UnstorableLetterException.class)
            .isThrownBy(() -> encrypting.park(parking, RecordPlace.ELSEWHERE));
        assertThat(encrypting.park(parking.without("It is elsewhere."), RecordPlace.ELSEWHERE))
            .isEqualTo(ParkingResult.PARKED);
        assertThat(this.store.get(letter().id()).orElseThrow().message().payload()).isEmpty();

        this.store.park(parking, RecordPlace.ELSEWHERE);
        assertThatExceptionOfType(ReliableMQException.class).isThrownBy(() -> encrypting.get(letter().id()))
            .withMessageContaining("cannot be decoded");
        assertThat(encrypting.discard(letter().id(), "of no use", null, RecordPlace.ELSEWHERE))
            .contains(DeadLetterStatus.DISCARDED);
    }

    @BeforeEach
    void forgetLetters() throws SQLException {
        try (Connection connection = this.dataSource.getConnection();
                PreparedStatement delete = connection
                    .prepareStatement("DELETE FROM reliable_mq_dead_letter WHERE consumer_group = ?")) {
            delete.setString(1, GROUP);
            delete.executeUpdate();
        }
    }

    DeadLetter letter() {
        List<DeadLetter> letters = this.store.find(DeadLetterFilter.all().withGroup(GROUP), 0, 10);
        assertThat(letters).hasSize(1);
        return letters.get(0);
    }

    static Parking parking(byte[] payload) {
        StoredMessage message = new StoredMessage(null, "U", StoredMessage.DEFAULT_CLUSTER, "orders", null, List.of(),
                null, Map.of(), payload, null);
        return new Parking(RecordKey.ofUniqKey(GROUP, "U"), message, new DeliveryOrigin("b", 0, 1, null, null, 0),
                ParkingReason.EXHAUSTED, 1, new ParkingFailure(null, null, null));
    }

    @Override
    protected DeadLetterStore store() {
        return this.store;
    }

    @Override
    protected IdempotencyStore records() {
        return this.records;
    }

    @Override
    protected AttemptStore attempts() {
        return this.attempts;
    }

}
