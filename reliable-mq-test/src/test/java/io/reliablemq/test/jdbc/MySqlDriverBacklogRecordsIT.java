package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.MySqlServer;

class MySqlDriverBacklogRecordsIT extends JdbcBacklogRecordsContract {

    @Override
    HikariDataSource open() {
        return MySqlServer.dataSource();
    }

}
