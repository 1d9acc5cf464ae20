package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.MariaDbServer;

class MariaDbSavepointGuardIT extends JdbcSavepointGuardContract {

    @Override
    HikariDataSource open() {
        return MariaDbServer.shared().dataSource();
    }

}
