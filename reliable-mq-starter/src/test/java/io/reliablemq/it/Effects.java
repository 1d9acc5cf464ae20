package io.reliablemq.it;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the database says about the effects. The table has no unique key, so that a
 * doubled effect is seen and not refused.
 */
final class Effects {

    private final JdbcTemplate jdbc;

    /** What names the database whose tables are meant. */
    private final String database;

    Effects(TestDatabase database) {
        this.database = database.isPostgres() ? "current_schema()" : "database()";
        this.jdbc = database.threadSafeJdbc();
        this.jdbc.execute("CREATE TABLE effects (id BIGINT "
                + (database.isPostgres() ? "GENERATED ALWAYS AS IDENTITY" : "AUTO_INCREMENT")
                + " PRIMARY KEY, message_key VARCHAR(100) NOT NULL, consumer_group VARCHAR(100) NOT NULL,"
                + " instance VARCHAR(100) NOT NULL, attempt INT NOT NULL, token BIGINT NOT NULL,"
                + " thread VARCHAR(200))");
    }

    int total() {
        return count("SELECT COUNT(*) FROM effects");
    }

    int distinct() {
        return count("SELECT COUNT(DISTINCT message_key) FROM effects");
    }

    /** How many effects are more than the one that each message may have. */
    int doubled() {
        return count("SELECT COUNT(*) - COUNT(DISTINCT message_key) FROM effects");
    }

    int of(String key) {
        return count("SELECT COUNT(*) FROM effects WHERE message_key = ?", key);
    }

    int by(String instance) {
        return count("SELECT COUNT(*) FROM effects WHERE instance = ?", instance);
    }

    /**
     * The most messages that a thread has claimed together, or as good as: their records
     * are of the same millisecond.
     */
    int mostTogether() {
        return count("SELECT COALESCE(MAX(size), 0) FROM (SELECT COUNT(*) AS size FROM effects"
                + " GROUP BY instance, thread, token) AS batches");
    }

    /** Without them, a run in batches would show nothing. */
    void requireBatches(Guarding guarding) {
        if (guarding.batch() > 1) {
            assertThat(mostTogether()).as("messages together").isGreaterThan(4);
        }
    }

    /** Those of the messages that have no effect. */
    Set<String> lost(Collection<String> keys) {
        Set<String> lost = new TreeSet<>(keys);
        lost.removeAll(Set.copyOf(inOrder()));
        return lost;
    }

    /** The messages' keys, in the order of their effects. */
    List<String> inOrder() {
        return this.jdbc.queryForList("SELECT message_key FROM effects ORDER BY id", String.class);
    }

    List<Integer> attemptsOf(String key) {
        return this.jdbc.queryForList("SELECT attempt FROM effects WHERE message_key = ? ORDER BY id", Integer.class,
                key);
    }

    /** How many messages are still in the outbox. */
    int outboxed() {
        boolean exists = count("SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'reliable_mq_outbox'"
                + " AND table_schema = " + this.database) > 0;
        return exists ? count("SELECT COUNT(*) FROM reliable_mq_outbox WHERE status = 'PENDING'") : 0;
    }

    private int count(String sql, Object... arguments) {
        Integer count = this.jdbc.queryForObject(sql, Integer.class, arguments);
        return (count != null) ? count : 0;
    }

    @Override
    public String toString() {
        return "effects " + total() + ", messages " + distinct() + ", doubled " + doubled() + ", most together "
                + mostTogether();
    }

}
