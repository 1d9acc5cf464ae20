package io.reliablemq.listener;

import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.reliablemq.idempotency.InMemoryIdempotencyStore;
import io.reliablemq.idempotency.TransactionalGuard;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.DefaultTransactionDefinition;

import static org.assertj.core.api.Assertions.assertThat;

class PoolBudgetTests {

    private final Logger logger = (Logger) LoggerFactory.getLogger(PoolBudget.class);

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        this.log.start();
        this.logger.addAppender(this.log);
    }

    @AfterEach
    void stopListening() {
        this.logger.detachAppender(this.log);
    }

    @ParameterizedTest
    @CsvSource({ "10, 4, ''", "9, 4, ''", "8, 4, all may wait for each other", "7, 4, threads wait for each other" })
    void warnsWhereThreadsCanLockEachOtherOut(int size, int threads, String warning) {
        PoolBudget budget = new PoolBudget();
        Pool pool = new Pool(size);
        TransactionalGuard guard = new TransactionalGuard(new InMemoryIdempotencyStore(Clock.systemUTC()),
                new DataSourceTransactionManager(), new DefaultTransactionDefinition(), Duration.ofDays(7),
                Clock.systemUTC());
        budget.spend("one", guard, pool, threads);
        assertThat(this.log.list).isEmpty();
        budget.spend("two", guard, pool, threads);
        if (warning.isEmpty()) {
            assertThat(this.log.list).isEmpty();
        }
        else {
            assertThat(this.log.list).singleElement()
                .satisfies((event) -> assertThat(event.getFormattedMessage()).contains(warning, "REQUIRES_NEW"));
        }
    }

    static class Pool extends AbstractDataSource {

        private final int size;

        Pool(int size) {
            this.size = size;
        }

        public int getMaximumPoolSize() {
            return this.size;
        }

        @Override
        public Connection getConnection() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Connection getConnection(String username, String password) {
            throw new UnsupportedOperationException();
        }

    }

}
