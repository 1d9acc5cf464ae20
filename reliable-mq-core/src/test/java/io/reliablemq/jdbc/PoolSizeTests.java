package io.reliablemq.jdbc;

import org.junit.jupiter.api.Test;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;

class PoolSizeTests {

    @Test
    void readsTheSizeOfAPoolThatSaysIt() {
        assertThat(PoolSize.of(new Pool())).hasValue(7);
    }

    @Test
    void knowsNothingOfOthers() {
        assertThat(PoolSize.of(new DriverManagerDataSource())).isEmpty();
    }

    /** With the property of HikariCP. */
    static class Pool extends AbstractDataSource {

        public int getMaximumPoolSize() {
            return 7;
        }

        @Override
        public java.sql.Connection getConnection() {
            throw new UnsupportedOperationException();
        }

        @Override
        public java.sql.Connection getConnection(String username, String password) {
            throw new UnsupportedOperationException();
        }

    }

}
