package io.reliablemq.test.jdbc;

import java.util.List;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.MariaDbServer;

class MariaDbSchemaIT extends SchemaContract {

    @Override
    HikariDataSource open() {
        return MariaDbServer.shared().dataSource();
    }

    @Override
    List<String> zones() {
        return List.of("SET time_zone = '+05:45'", "SET time_zone = '-11:00'", "SET time_zone = '+00:00'");
    }

}
