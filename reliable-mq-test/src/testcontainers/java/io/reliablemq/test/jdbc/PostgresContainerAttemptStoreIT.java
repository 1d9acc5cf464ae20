package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;

class PostgresContainerAttemptStoreIT extends JdbcAttemptContract {

    @Override
    HikariDataSource open() {
        return Containers.postgres();
    }

}
