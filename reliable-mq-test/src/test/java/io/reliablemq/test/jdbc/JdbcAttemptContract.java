package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.retry.AttemptStore;
import io.reliablemq.retry.jdbc.JdbcAttemptStore;
import io.reliablemq.test.contract.AttemptStoreContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/**
 * The contract on one database; a subclass says which.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class JdbcAttemptContract extends AttemptStoreContract {

    private HikariDataSource dataSource;

    private JdbcAttemptStore store;

    abstract HikariDataSource open();

    @BeforeAll
    void createTables() {
        this.dataSource = open();
        JdbcDatabase database = JdbcDatabase.detect(this.dataSource, Tables.defaults());
        new JdbcSchema(database).create();
        this.store = new JdbcAttemptStore(database);
    }

    @AfterAll
    void close() {
        this.dataSource.close();
    }

    @Override
    protected AttemptStore store() {
        return this.store;
    }

}
