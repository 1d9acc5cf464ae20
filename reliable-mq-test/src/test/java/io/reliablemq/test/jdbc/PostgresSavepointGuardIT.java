package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.PostgresServer;

class PostgresSavepointGuardIT extends JdbcSavepointGuardContract {

    @Override
    HikariDataSource open() {
        return PostgresServer.shared().dataSource();
    }

}
