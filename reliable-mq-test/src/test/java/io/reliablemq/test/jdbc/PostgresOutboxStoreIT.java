package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.PostgresServer;

class PostgresOutboxStoreIT extends JdbcOutboxContract {

    @Override
    HikariDataSource open() {
        return PostgresServer.shared().dataSource();
    }

}
