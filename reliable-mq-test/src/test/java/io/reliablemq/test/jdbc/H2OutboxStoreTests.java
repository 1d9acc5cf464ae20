package io.reliablemq.test.jdbc;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.outbox.OutboxMessage;
import io.reliablemq.outbox.OutboxStore;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.test.servers.H2Database;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

class H2OutboxStoreTests extends JdbcOutboxContract {

    private static final int MESSAGES = 3000;

    private HikariDataSource opened;

    @Override
    HikariDataSource open() {
        this.opened = H2Database.open(";LOCK_TIMEOUT=5000");
        return this.opened;
    }

    /** H2 reads a list of sessions that change meanwhile to tell the time. */
    @Test
    void storesWhileOtherTransactionsEnd() throws Exception {
        OutboxStore store = store("busy", Duration.ofSeconds(20));
        JdbcTemplate jdbc = new JdbcTemplate(this.opened);
        jdbc.execute("CREATE TABLE others (id INT PRIMARY KEY, amount INT)");
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService others = Executors.newFixedThreadPool(6);
        List<Future<?>> ended = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            int id = i;
            jdbc.update("INSERT INTO others VALUES (?, 0)", id);
            ended.add(others.submit(() -> {
                while (!done.get()) {
                    new TransactionTemplate(transactionManager()).executeWithoutResult(
                            (status) -> jdbc.update("UPDATE others SET amount = amount + 1 WHERE id = ?", id));
                }
            }));
        }
        try {
            for (int i = 0; i < MESSAGES; i++) {
                PreparedMessage message = new PreparedMessage(i, "U" + i, "orders", null, List.of(), new byte[1],
                        Map.of(), null, null);
                new TransactionTemplate(transactionManager()).executeWithoutResult((status) -> store
                    .addInTransaction(List.of(new OutboxMessage("busy", message, true, 0, false, null))));
            }
        }
        finally {
            done.set(true);
            others.shutdown();
        }
        for (Future<?> other : ended) {
            other.get();
        }
        assertThat(jdbc.queryForObject("SELECT COUNT(*) FROM reliable_mq_outbox WHERE cluster = 'busy'", Integer.class))
            .isEqualTo(MESSAGES);
    }

}
