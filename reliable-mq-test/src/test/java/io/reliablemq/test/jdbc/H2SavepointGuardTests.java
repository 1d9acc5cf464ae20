package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.H2Database;

class H2SavepointGuardTests extends JdbcSavepointGuardContract {

    @Override
    HikariDataSource open() {
        return H2Database.open(";LOCK_TIMEOUT=5000");
    }

}
