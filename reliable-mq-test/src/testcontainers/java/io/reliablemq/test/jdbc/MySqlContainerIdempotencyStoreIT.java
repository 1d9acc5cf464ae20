package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;

class MySqlContainerIdempotencyStoreIT extends JdbcStoreContract {

    @Override
    HikariDataSource open() {
        return Containers.mySql();
    }

}
