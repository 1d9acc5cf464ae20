package io.reliablemq.id.jdbc;

import java.util.UUID;

import io.reliablemq.id.WorkerIdAllocator;
import io.reliablemq.test.contract.WorkerIdAllocatorContract;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.AfterEach;

class H2WorkerIdAllocatorTests extends WorkerIdAllocatorContract {

    private final JdbcConnectionPool pool = JdbcConnectionPool.create("jdbc:h2:mem:" + UUID.randomUUID(), "sa", "");

    @Override
    protected WorkerIdAllocator createAllocator() {
        return WorkerTables.allocator(this.pool);
    }

    @AfterEach
    void close() {
        this.pool.dispose();
    }

}
