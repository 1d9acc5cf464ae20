package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.MySqlServer;

class MySqlDriverOutboxStoreIT extends JdbcOutboxContract {

    @Override
    HikariDataSource open() {
        return MySqlServer.dataSource();
    }

}
