package io.reliablemq.test.jdbc;

import java.util.EnumSet;
import java.util.Set;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.MySqlServer;

class MySqlDriverHiddenRollbackIT extends HiddenRollbackContract {

    @Override
    HikariDataSource open() {
        return MySqlServer.dataSource();
    }

    @Override
    Set<Way> ways() {
        return MySqlServer.isReal() ? super.ways() : EnumSet.allOf(Way.class);
    }

}
