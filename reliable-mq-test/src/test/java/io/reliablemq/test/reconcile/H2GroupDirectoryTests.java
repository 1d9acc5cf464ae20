package io.reliablemq.test.reconcile;

import java.time.Duration;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.reconcile.GroupDirectory;
import io.reliablemq.reconcile.jdbc.JdbcGroupDirectory;
import io.reliablemq.test.servers.H2Database;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import org.springframework.jdbc.core.JdbcTemplate;

class H2GroupDirectoryTests extends GroupDirectoryContract {

    private HikariDataSource dataSource;

    private JdbcGroupDirectory directory;

    @BeforeEach
    void open() {
        this.dataSource = H2Database.open(";LOCK_TIMEOUT=5000");
        JdbcDatabase database = JdbcDatabase.detect(this.dataSource, Tables.defaults());
        new JdbcSchema(database).create();
        this.directory = new JdbcGroupDirectory(database);
    }

    @AfterEach
    void close() {
        this.dataSource.close();
    }

    @Override
    GroupDirectory directory() {
        return this.directory;
    }

    @Override
    void breakHistory(String group) {
        new JdbcTemplate(this.dataSource)
            .update("UPDATE reliable_mq_group SET history = 'nonsense' WHERE consumer_group = ?", group);
    }

    @Override
    void age(Duration by) {
        new JdbcTemplate(this.dataSource).update(
                "UPDATE reliable_mq_group SET expected_from = expected_from - ?, last_seen = last_seen - ?",
                by.toMillis(), by.toMillis());
    }

}
