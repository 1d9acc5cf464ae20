package io.reliablemq.test.jdbc;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.test.servers.MariaDbServer;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class MariaDbSchemaIT extends SchemaContract {

    @Override
    HikariDataSource open() {
        return MariaDbServer.shared().dataSource();
    }

    @Test
    void namesAMissingSequence() {
        JdbcSchema schema = new JdbcSchema(JdbcDatabase.detect(dataSource(), Tables.defaults()));
        schema.create();
        new JdbcTemplate(dataSource()).execute("DROP SEQUENCE reliable_mq_outbox_sequence");

        assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(schema::validate)
            .withMessageContaining("sequence reliable_mq_outbox_sequence");
    }

    /** A server's own limit for recursion ends a statement early, and says nothing. */
    @Test
    void hasEveryRowThatOrderingKeysLock() {
        new JdbcSchema(JdbcDatabase.detect(dataSource(), Tables.defaults())).create();

        assertThat(new JdbcTemplate(dataSource())
            .queryForList("SELECT ordering_key FROM reliable_mq_outbox_key WHERE cluster = '' AND topic = ''",
                    byte[].class)
            .stream()
            .map((slot) -> new String(slot, StandardCharsets.US_ASCII)))
            .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 1024).mapToObj(Integer::toString).toList());
    }

    @Override
    List<String> zones() {
        return List.of("SET time_zone = '+05:45'", "SET time_zone = '-11:00'", "SET time_zone = '+00:00'");
    }

}
