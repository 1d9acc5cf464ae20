package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.MariaDbServer;

class MariaDbDeadLetterStoreIT extends JdbcDeadLetterContract {

    @Override
    HikariDataSource open() {
        return MariaDbServer.shared().dataSource();
    }

}
