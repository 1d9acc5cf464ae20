package io.reliablemq.test.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.H2Database;

class H2PostgresModeIdempotencyStoreTests extends JdbcStoreContract {

    @Override
    HikariDataSource open() {
        return H2Database.open(";LOCK_TIMEOUT=5000;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH");
    }

}
