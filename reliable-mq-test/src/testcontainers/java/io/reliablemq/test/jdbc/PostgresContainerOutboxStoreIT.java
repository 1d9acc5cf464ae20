package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;

class PostgresContainerOutboxStoreIT extends JdbcOutboxContract {

    @Override
    HikariDataSource open() {
        return Containers.postgres();
    }

}
