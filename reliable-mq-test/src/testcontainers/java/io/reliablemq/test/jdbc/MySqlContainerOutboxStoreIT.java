package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;

class MySqlContainerOutboxStoreIT extends JdbcOutboxContract {

    @Override
    HikariDataSource open() {
        return Containers.mySql();
    }

}
