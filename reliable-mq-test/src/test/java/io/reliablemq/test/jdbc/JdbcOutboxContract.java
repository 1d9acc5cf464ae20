package io.reliablemq.test.jdbc;

import java.time.Clock;
import java.time.Duration;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.outbox.OutboxStore;
import io.reliablemq.outbox.jdbc.JdbcOutboxStore;
import io.reliablemq.test.contract.OutboxStoreContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * The contract on one database; a subclass says which.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class JdbcOutboxContract extends OutboxStoreContract {

    private final SnowflakeIdGenerator ids = SnowflakeIdGenerator.fixed(7, Clock.systemUTC(), Duration.ofSeconds(1));

    private HikariDataSource dataSource;

    private JdbcDatabase database;

    abstract HikariDataSource open();

    @BeforeAll
    void createTables() {
        this.dataSource = open();
        this.database = JdbcDatabase.detect(this.dataSource, Tables.defaults());
        new JdbcSchema(this.database).create();
    }

    @AfterAll
    void close() {
        this.dataSource.close();
    }

    @Override
    protected OutboxStore store(String owner, Duration lease) {
        return new JdbcOutboxStore(this.database, PayloadCodec.plain(), this.ids, owner, lease);
    }

    @Override
    protected PlatformTransactionManager transactionManager() {
        return new DataSourceTransactionManager(this.dataSource);
    }

}
