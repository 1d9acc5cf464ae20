package io.reliablemq.test.jdbc;

import java.util.List;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.MySqlServer;

class MySqlDriverSchemaIT extends SchemaContract {

    @Override
    HikariDataSource open() {
        return MySqlServer.dataSource();
    }

    @Override
    List<String> zones() {
        return List.of("SET time_zone = '+05:45'", "SET time_zone = '-11:00'", "SET time_zone = '+00:00'");
    }

}
