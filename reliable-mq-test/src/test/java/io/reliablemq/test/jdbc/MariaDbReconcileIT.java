package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.MariaDbServer;

class MariaDbReconcileIT extends JdbcReconcileContract {

    @Override
    HikariDataSource open() {
        return MariaDbServer.shared().dataSource();
    }

}
