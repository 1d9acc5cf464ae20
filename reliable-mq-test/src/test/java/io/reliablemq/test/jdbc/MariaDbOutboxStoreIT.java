package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.MariaDbServer;

class MariaDbOutboxStoreIT extends JdbcOutboxContract {

    @Override
    HikariDataSource open() {
        return MariaDbServer.shared().dataSource();
    }

}
