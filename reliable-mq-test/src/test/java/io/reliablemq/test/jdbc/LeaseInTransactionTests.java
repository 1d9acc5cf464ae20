package io.reliablemq.test.jdbc;

import java.time.Clock;
import java.time.Duration;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.idempotency.IdempotencyStore;
import io.reliablemq.idempotency.jdbc.JdbcIdempotencyStore;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.test.servers.H2Database;
import org.junit.jupiter.api.Nested;

import org.springframework.jdbc.datasource.DriverManagerDataSource;

class LeaseInTransactionTests {

    private static IdempotencyStore storeIn(HikariDataSource dataSource) {
        JdbcDatabase database = JdbcDatabase.detect(dataSource, Tables.defaults());
        new JdbcSchema(database).create();
        return new JdbcIdempotencyStore(database,
                new DriverManagerDataSource(dataSource.getJdbcUrl(), dataSource.getUsername(), ""),
                Duration.ofSeconds(5), Clock.systemUTC());
    }

    @Nested
    class OnTheDataSourceOfTheEffects extends LeaseInTransactionContract {

        @Override
        IdempotencyStore store(HikariDataSource effects) {
            return storeIn(effects);
        }

    }

    @Nested
    class OnAnotherDataSource extends LeaseInTransactionContract {

        @Override
        IdempotencyStore store(HikariDataSource effects) {
            return storeIn(H2Database.open(""));
        }

    }

    @Nested
    class WithDeferredCompletion extends LeaseInTransactionContract {

        @Override
        IdempotencyStore store(HikariDataSource effects) {
            return storeIn(effects);
        }

        @Override
        boolean deferred() {
            return true;
        }

    }

}
