package io.reliablemq.test.jdbc;

import java.util.List;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.test.servers.H2Database;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class H2SchemaTests extends SchemaContract {

    @Override
    HikariDataSource open() {
        return H2Database.open("");
    }

    @Override
    List<String> zones() {
        return List.of("SET TIME ZONE 'Europe/Berlin'", "SET TIME ZONE 'Asia/Kathmandu'", "SET TIME ZONE 'UTC'");
    }

    @Test
    void refusesTablesThatIgnoreCase() {
        try (HikariDataSource ignoring = H2Database.open(";IGNORECASE=TRUE")) {
            JdbcSchema schema = new JdbcSchema(JdbcDatabase.detect(ignoring, Tables.defaults()));
            schema.create();
            assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(schema::validate)
                .withMessageContaining("reliable_mq_inbox.identity")
                .withMessageContaining("IGNORECASE");
        }
    }

}
