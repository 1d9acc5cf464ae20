package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.PostgresServer;

class PostgresBatchGuardIT extends JdbcBatchGuardContract {

    @Override
    HikariDataSource open() {
        return PostgresServer.shared().dataSource();
    }

}
