package io.reliablemq.test.jdbc;

import java.time.Clock;
import java.time.Duration;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.deadletter.DeadLetterStore;
import io.reliablemq.deadletter.jdbc.JdbcDeadLetterStore;
import io.reliablemq.idempotency.IdempotencyStore;
import io.reliablemq.idempotency.jdbc.JdbcIdempotencyStore;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.retry.AttemptStore;
import io.reliablemq.retry.jdbc.JdbcAttemptStore;
import io.reliablemq.test.contract.DeadLetterStoreContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/**
 * The contract on one database; a subclass says which.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class JdbcDeadLetterContract extends DeadLetterStoreContract {

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
