package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.PostgresServer;

class PostgresReconcileIT extends JdbcReconcileContract {

    @Override
    HikariDataSource open() {
        return PostgresServer.shared().dataSource();
    }

}
