package io.reliablemq.test.outbox;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.outbox.OutboxClusters;
import io.reliablemq.outbox.OutboxMessage;
import io.reliablemq.outbox.OutboxOptions;
import io.reliablemq.outbox.OutboxRelay;
import io.reliablemq.outbox.jdbc.JdbcOutboxStore;
import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.SendOptions;
import io.reliablemq.producer.SendTarget;
import io.reliablemq.test.servers.PostgresServer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Rows that are together larger than the memory of the JVM that relays them.
 */
@Tag("faults")
class LargeRowsIT {

    private static final int ROWS = 100;

    private static final int BYTES = 2 * 1024 * 1024;

    @TempDir
    Path folder;

    @Test
    void areAllSentByAJvmOfLittleMemoryFromPostgres() throws Exception {
        areAllSent(PostgresServer.shared().createDatabase(), "postgres");
    }

    @Test
    void areAllSentByAJvmOfLittleMemoryFromH2() throws Exception {
        areAllSent("jdbc:h2:file:" + this.folder.resolve("outbox") + ";CACHE_SIZE=4096", "sa");
    }

    private void areAllSent(String url, String user) throws Exception {
        Path output = this.folder.resolve("output.txt");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m", "-cp", System.getProperty("java.class.path"), Relaying.class.getName(), url, user)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
        try {
            assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        }
        finally {
            process.destroyForcibly();
        }
        assertThat(Files.readString(output)).contains("sent " + ROWS + " of " + ROWS + ", goes on: true")
            .doesNotContain("OutOfMemoryError");
        assertThat(process.exitValue()).isZero();
    }

    /** What runs in the JVM of its own. */
    static final class Relaying {

        public static void main(String[] arguments) {
            HikariConfig config = new HikariConfig();
            config.setJdbcUrl(arguments[0]);
            config.setUsername(arguments[1]);
            config.setPassword("");
            try (HikariDataSource dataSource = new HikariDataSource(config)) {
                relay(dataSource);
            }
        }

        private static void relay(HikariDataSource dataSource) {
            SnowflakeIdGenerator ids = SnowflakeIdGenerator.fixed(3, Clock.systemUTC(), Duration.ofSeconds(1));
            JdbcDatabase database = JdbcDatabase.detect(dataSource, Tables.defaults());
            new JdbcSchema(database).create();
            JdbcOutboxStore store = new JdbcOutboxStore(database, PayloadCodec.plain(), ids, "one",
                    Duration.ofSeconds(30));
            for (int i = 0; i < ROWS; i++) {
                long id = ids.nextId();
                // Half of them in order, those of one key behind each other.
                String key = (i % 2 == 0) ? "k" + i % 8 : null;
                store
                    .add(List.of(
                            new OutboxMessage(
                                    StoredMessage.DEFAULT_CLUSTER, new PreparedMessage(id, "U" + id, "topic-" + i % 5,
                                            null, List.of(), new byte[BYTES], Map.of(), key, null),
                                    false, 0, false, null)));
            }
            OutboxClusters clusters = new OutboxClusters();
            clusters.register(StoredMessage.DEFAULT_CLUSTER, new ForgettingTransport());
            OutboxRelay relay = new OutboxRelay(store, clusters, OutboxOptions.defaults(SendOptions.defaults()),
                    new SimpleMeterRegistry());
            relay.start();
            JdbcTemplate jdbc = new JdbcTemplate(dataSource);
            String sent = "SELECT COUNT(*) FROM reliable_mq_outbox WHERE status = 'SENT'";
            await().atMost(Duration.ofMinutes(4))
                .until(() -> jdbc.queryForObject(sent, Integer.class) == ROWS || !relay.isRunning());
            System.out.println("sent " + jdbc.queryForObject(sent, Integer.class) + " of " + ROWS + ", goes on: "
                    + relay.isRunning());
            relay.stop();
        }

    }

    /** Keeps nothing. */
    private static final class ForgettingTransport extends RecordingTransport {

        @Override
        public AttemptResult sendBatch(List<PreparedMessage> messages, @Nullable SendTarget failed, Duration timeout) {
            assertThat(messages).allSatisfy((message) -> assertThat(message.body()).hasSize(BYTES));
            return RecordingTransport.stored();
        }

    }

}
