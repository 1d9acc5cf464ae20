package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;

class MySqlContainerAttemptStoreIT extends JdbcAttemptContract {

    @Override
    HikariDataSource open() {
        return Containers.mySql();
    }

}
