package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.MariaDbServer;

class MariaDbBacklogRecordsIT extends JdbcBacklogRecordsContract {

    @Override
    HikariDataSource open() {
        return MariaDbServer.shared().dataSource();
    }

}
