package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.PostgresServer;

// Isolation above READ COMMITTED is in the contract.
class PostgresIdempotencyStoreIT extends JdbcStoreContract {

    @Override
    HikariDataSource open() {
        return PostgresServer.shared().dataSource();
    }

}
