package io.reliablemq.id.jdbc;

import javax.sql.DataSource;

import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Creates an empty worker table.
 */
final class WorkerTables {

    private WorkerTables() {
    }

    static JdbcWorkerIdAllocator allocator(DataSource dataSource) {
        JdbcTemplate jdbc = new JdbcTemplate(dataSource);
        jdbc.execute("DROP TABLE IF EXISTS t_worker");
        jdbc.execute("CREATE TABLE t_worker (worker_id INT PRIMARY KEY, owner VARCHAR(255) NOT NULL,"
                + " limit_ms BIGINT NOT NULL)");
        return new JdbcWorkerIdAllocator(dataSource, "t_");
    }

}
