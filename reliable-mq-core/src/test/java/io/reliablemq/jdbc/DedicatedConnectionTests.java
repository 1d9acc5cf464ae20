package io.reliablemq.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class DedicatedConnectionTests {

    private final List<Connection> opened = new ArrayList<>();

    private final DedicatedConnection dedicated = new DedicatedConnection(new Source(), Duration.ofSeconds(5));

    @Test
    void keepsOneConnectionInAutoCommit() throws Exception {
        assertThat(this.opened).isEmpty();
        assertThat(this.dedicated.call(Connection::getAutoCommit)).isTrue();
        assertThat(this.dedicated.call(Connection::getAutoCommit)).isTrue();
        assertThat(this.opened).hasSize(1);
        this.dedicated.close();
        assertThat(this.opened.get(0).isClosed()).isTrue();
        this.dedicated.close();
    }

    @Test
    void replacesABrokenConnectionAndRepeatsTheWork() throws Exception {
        this.dedicated.call(Connection::getAutoCommit);
        this.opened.get(0).close();
        boolean answered = this.dedicated.call((connection) -> connection.createStatement().execute("SELECT 1"));
        assertThat(answered).isTrue();
        assertThat(this.opened).hasSize(2);
        this.dedicated.close();
    }

    @Test
    void keepsASoundConnectionWhenAStatementFails() throws Exception {
        assertThatExceptionOfType(SQLException.class)
            .isThrownBy(() -> this.dedicated.call((connection) -> connection.createStatement().execute("NONSENSE")));
        this.dedicated.call(Connection::getAutoCommit);
        assertThat(this.opened).hasSize(1);
        this.dedicated.close();
    }

    private final class Source extends AbstractDataSource {

        @Override
        public Connection getConnection() throws SQLException {
            Connection connection = new DriverManagerDataSource("jdbc:h2:mem:dedicated", "sa", "").getConnection();
            connection.setAutoCommit(false);
            DedicatedConnectionTests.this.opened.add(connection);
            return connection;
        }

        @Override
        public Connection getConnection(String username, String password) throws SQLException {
            return getConnection();
        }

    }

}
