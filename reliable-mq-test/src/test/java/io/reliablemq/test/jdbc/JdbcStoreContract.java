package io.reliablemq.test.jdbc;

import java.time.Clock;
import java.time.Duration;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.idempotency.TransactionalIdempotencyStore;
import io.reliablemq.idempotency.jdbc.JdbcIdempotencyStore;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.test.contract.TransactionalIdempotencyStoreContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * The contract on one database; a subclass says which.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class JdbcStoreContract extends TransactionalIdempotencyStoreContract {

    private HikariDataSource dataSource;

    private JdbcDatabase database;

    private JdbcIdempotencyStore store;

    abstract HikariDataSource open();

    @BeforeAll
    void createTables() {
        this.dataSource = open();
        this.database = JdbcDatabase.detect(this.dataSource, Tables.defaults());
        new JdbcSchema(this.database).create();
        this.store = createStore(this.dataSource, Duration.ofSeconds(20));
    }

    @AfterAll
    void close() {
        this.store.close();
        this.dataSource.close();
    }

    @Override
    protected DataSource dataSource() {
        return this.dataSource;
    }

    @Override
    protected TransactionalIdempotencyStore transactionalStore() {
        return this.store;
    }

    @Override
    protected JdbcIdempotencyStore createStore(DataSource dataSource, Duration lockWait) {
        JdbcDatabase same = new JdbcDatabase(dataSource, this.database.dialect(), this.database.tables());
        DataSource unpooled = new DriverManagerDataSource(this.dataSource.getJdbcUrl(), this.dataSource.getUsername(),
                this.dataSource.getPassword());
        return new JdbcIdempotencyStore(same, unpooled, lockWait, Clock.systemUTC());
    }

    JdbcDatabase database() {
        return this.database;
    }

}
