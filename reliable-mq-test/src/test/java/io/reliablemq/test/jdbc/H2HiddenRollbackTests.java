package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.H2Database;

class H2HiddenRollbackTests extends HiddenRollbackContract {

    @Override
    HikariDataSource open() {
        return H2Database.open(";LOCK_TIMEOUT=20000");
    }

}
