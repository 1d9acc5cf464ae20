package io.reliablemq.test.jdbc;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.id.WorkerLeaseOptions;
import io.reliablemq.id.jdbc.JdbcWorkerIdAllocator;
import io.reliablemq.idempotency.GuardedCall;
import io.reliablemq.idempotency.IdentityClashes;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.idempotency.TransactionalGuard;
import io.reliablemq.idempotency.jdbc.JdbcIdempotencyStore;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.message.MessageId;
import io.reliablemq.test.servers.H2Database;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.DefaultTransactionDefinition;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Services with databases of their own draw the same numbers, and send to one consumer.
 */
class TwoSendersTests {

    private static final String GROUP = "mails";

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private final HikariDataSource consumer = H2Database.open("");

    private final List<String> effects = new ArrayList<>();

    private TransactionalGuard guard;

    @BeforeEach
    void guard() {
        JdbcDatabase database = JdbcDatabase.detect(this.consumer, Tables.defaults());
        new JdbcSchema(database).create();
        this.guard = new TransactionalGuard(
                new JdbcIdempotencyStore(database, this.consumer, Duration.ofSeconds(5), Clock.systemUTC(),
                        new IdentityClashes(this.meters)),
                new DataSourceTransactionManager(this.consumer), new DefaultTransactionDefinition(), Duration.ofDays(7),
                Clock.systemUTC());
    }

    @AfterEach
    void close() {
        this.consumer.close();
    }

    @Test
    void eachHaveTheirEffectsWhateverNumbersTheyDraw() {
        String orders = spaceOfANewService();
        String payments = spaceOfANewService();
        for (long id = 1; id <= 50; id++) {
            deliver(RecordKey.ofMessageId(GROUP, new MessageId(id, orders)).withOrigin(id));
            deliver(RecordKey.ofMessageId(GROUP, new MessageId(id, payments)).withOrigin(-id));
            deliver(RecordKey.ofMessageId(GROUP, new MessageId(id, orders)).withOrigin(id));
        }
        assertThat(this.effects).hasSize(100).doesNotHaveDuplicates();
        assertThat(clashes()).isZero();
    }

    @Test
    void areNoticedWhereTheyShareASpaceAgainstTheRules() {
        RecordKey one = RecordKey.ofMessageId(GROUP, new MessageId(42, "copied"));
        deliver(one.withOrigin(1L));
        deliver(one.withOrigin(1L));
        deliver(one);
        assertThat(clashes()).as("a copy, or sent again on purpose").isZero();
        deliver(one.withOrigin(2L));
        assertThat(clashes()).isOne();
        this.guard.executeAll(List.of(call(one.withOrigin(3L)),
                call(RecordKey.ofMessageId(GROUP, new MessageId(43, "copied")).withOrigin(4L))));
        assertThat(clashes()).isEqualTo(2);
        assertThat(this.effects).containsExactly("000000000000002a-copied", "000000000000002b-copied");
    }

    @Test
    void shareNothingWithOneWhoseIdWasChosen() {
        RecordKey one = RecordKey.ofMessageId(GROUP, new MessageId(42, "own"));
        deliver(one);
        deliver(one.withOrigin(2L));
        assertThat(this.effects).hasSize(1);
        assertThat(clashes()).isZero();
    }

    private double clashes() {
        return this.meters.get("reliable.mq.identity.clash").counter().count();
    }

    private void deliver(RecordKey key) {
        this.guard.executeAll(List.of(call(key)));
    }

    private GuardedCall<Boolean> call(RecordKey key) {
        return new GuardedCall<>(key, 1, () -> this.effects.add(key.identity()));
    }

    private static String spaceOfANewService() {
        try (HikariDataSource database = H2Database.open("")) {
            new JdbcSchema(JdbcDatabase.detect(database, Tables.defaults())).create();
            String space = instance(database);
            assertThat(instance(database)).as("of another instance").isEqualTo(space);
            return space;
        }
    }

    private static String instance(HikariDataSource database) {
        try (SnowflakeIdGenerator ids = SnowflakeIdGenerator.leased(
                new JdbcWorkerIdAllocator(database, Tables.DEFAULT_PREFIX), Clock.systemUTC(), Duration.ofMillis(10),
                WorkerLeaseOptions.defaults())) {
            return Objects.requireNonNull(ids.space());
        }
    }

}
