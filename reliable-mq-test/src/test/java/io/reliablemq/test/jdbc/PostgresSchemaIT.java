package io.reliablemq.test.jdbc;

import java.util.List;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.PostgresServer;

class PostgresSchemaIT extends SchemaContract {

    @Override
    HikariDataSource open() {
        return PostgresServer.shared().dataSource();
    }

    @Override
    List<String> zones() {
        return List.of("SET TIME ZONE 'Europe/Berlin'", "SET TIME ZONE 'Asia/Kathmandu'", "SET TIME ZONE 'UTC'");
    }

}
