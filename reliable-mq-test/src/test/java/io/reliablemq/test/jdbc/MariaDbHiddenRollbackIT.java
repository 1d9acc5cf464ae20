package io.reliablemq.test.jdbc;

import java.util.EnumSet;
import java.util.Set;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.MariaDbServer;

class MariaDbHiddenRollbackIT extends HiddenRollbackContract {

    @Override
    HikariDataSource open() {
        return MariaDbServer.shared().dataSource();
    }

    @Override
    Set<Way> ways() {
        return EnumSet.allOf(Way.class);
    }

}
