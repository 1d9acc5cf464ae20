package io.reliablemq.id.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.id.WorkerIdAllocator;
import io.reliablemq.test.contract.WorkerIdAllocatorContract;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class PostgresWorkerIdAllocatorIT extends WorkerIdAllocatorContract {

    private static EmbeddedPostgres server;

    private static HikariDataSource pool;

    @BeforeAll
    static void start() throws Exception {
        server = EmbeddedPostgres.start();
        pool = new HikariDataSource();
        pool.setJdbcUrl(server.getJdbcUrl("postgres", "postgres"));
    }

    @Override
    protected WorkerIdAllocator createAllocator() {
        return WorkerTables.allocator(pool);
    }

    @AfterAll
    static void stop() throws Exception {
        pool.close();
        server.close();
    }

}
