package io.reliablemq.test.jdbc;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.outbox.OrderingKey;
import io.reliablemq.outbox.OutboxMessage;
import io.reliablemq.outbox.OutboxScope;
import io.reliablemq.outbox.OutboxStore;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.test.servers.MariaDbServer;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

class MariaDbOutboxStoreIT extends JdbcOutboxContract {

    private HikariDataSource dataSource;

    @Override
    HikariDataSource open() {
        this.dataSource = MariaDbServer.shared().dataSource();
        return this.dataSource;
    }

    /** Each has a snapshot that is older than what the others have committed. */
    @Test
    void ordersAKeyUnderSnapshotIsolation() throws Exception {
        OutboxStore store = store("one", Duration.ofMinutes(5));
        JdbcTemplate jdbc = new JdbcTemplate(this.dataSource);
        TransactionTemplate transaction = new TransactionTemplate(transactionManager());
        ConcurrentLinkedQueue<Long> committed = new ConcurrentLinkedQueue<>();

        CompletableFuture<?>[] threads = IntStream.range(0, 4).mapToObj((thread) -> CompletableFuture.runAsync(() -> {
            for (int i = 0; i < 20; i++) {
                long id = thread * 1000L + i;
                transaction.executeWithoutResult((status) -> {
                    jdbc.execute("SET SESSION innodb_snapshot_isolation = ON");
                    jdbc.queryForObject("SELECT COUNT(*) FROM reliable_mq_outbox", Integer.class);
                    PreparedMessage message = new PreparedMessage(id, "UNIQ" + id, "orders", null, List.of(),
                            new byte[] { 1 }, Map.of(), "hot", null);
                    store.addInTransaction(List.of(new OutboxMessage("snapshots", message, false, 0, false, null)));
                    committed.add(id);
                });
            }
        }, (task) -> new Thread(task).start())).toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(threads).get(1, TimeUnit.MINUTES);

        assertThat(store.dueKeys(10, new OutboxScope(Set.of("snapshots"), Set.of()))).hasSize(1);
        assertThat(store.claimKey(new OrderingKey("snapshots", "orders", "hot"), 100, false)
            .stream()
            .map((entry) -> entry.message().id())).hasSize(80).containsExactlyElementsOf(committed);
    }

}
