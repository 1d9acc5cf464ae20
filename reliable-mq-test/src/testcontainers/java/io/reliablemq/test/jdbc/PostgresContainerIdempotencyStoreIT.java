package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;

class PostgresContainerIdempotencyStoreIT extends JdbcStoreContract {

    @Override
    HikariDataSource open() {
        return Containers.postgres();
    }

}
