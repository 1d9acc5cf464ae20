package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.id.WorkerIdAllocator;
import io.reliablemq.id.jdbc.JdbcWorkerIdAllocator;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.test.contract.WorkerIdAllocatorContract;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The contract on one database; a subclass says which.
 */
abstract class JdbcWorkerIdAllocatorContract extends WorkerIdAllocatorContract {

    private HikariDataSource dataSource;

    abstract HikariDataSource open();

    @Override
    protected WorkerIdAllocator createAllocator() {
        this.dataSource = open();
        new JdbcSchema(JdbcDatabase.detect(this.dataSource, Tables.defaults())).create();
        return new JdbcWorkerIdAllocator(this.dataSource, Tables.DEFAULT_PREFIX);
    }

    @Test
    void beginsANewIdSpaceWhereTheTableIsEmptiedInACopyOfTheDatabase() {
        String before = new JdbcWorkerIdAllocator(this.dataSource, Tables.DEFAULT_PREFIX).space();
        new JdbcTemplate(this.dataSource).update("DELETE FROM reliable_mq_worker");
        assertThat(new JdbcWorkerIdAllocator(this.dataSource, Tables.DEFAULT_PREFIX).space()).isNotEqualTo(before);
    }

    @AfterEach
    void close() {
        this.dataSource.close();
    }

}
