package io.reliablemq.test.jdbc;

import java.util.EnumSet;
import java.util.Set;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.MariaDbServer;

class MySqlDriverHiddenRollbackIT extends HiddenRollbackContract {

    @Override
    HikariDataSource open() {
        return MariaDbServer.shared().dataSourceOfMySqlDriver();
    }

    @Override
    Set<Way> ways() {
        return EnumSet.allOf(Way.class);
    }

}
