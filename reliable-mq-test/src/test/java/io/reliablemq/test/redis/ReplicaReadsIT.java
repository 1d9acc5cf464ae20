package io.reliablemq.test.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.lettuce.core.ReadFrom;
import io.reliablemq.idempotency.Claim;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.idempotency.redis.RedisIdempotencyStore;
import io.reliablemq.reconcile.ConsumptionState;
import io.reliablemq.reconcile.GroupSubscription;
import io.reliablemq.reconcile.redis.RedisConsumptionRecords;
import io.reliablemq.reconcile.redis.RedisGroupDirectory;
import io.reliablemq.retry.redis.RedisAttemptStore;
import io.reliablemq.test.servers.RedisProcess;
import io.reliablemq.test.servers.RedisServers;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisStaticMasterReplicaConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

class ReplicaReadsIT {

    private static final Duration RETENTION = Duration.ofDays(7);

    private static final String GROUP = "GID_points";

    /** The replica is as far behind as can be: it has nothing. */
    @Test
    void readsFromTheMasterWhateverDecidesAboutALoss() {
        try (RedisProcess master = RedisServers.start();
                RedisProcess replica = RedisServers.start("replicaof 127.0.0.1 1")) {
            RedisStaticMasterReplicaConfiguration nodes = new RedisStaticMasterReplicaConfiguration("127.0.0.1",
                    master.port());
            nodes.addNode("127.0.0.1", replica.port());
            LettuceConnectionFactory connections = new LettuceConnectionFactory(nodes,
                    LettuceClientConfiguration.builder()
                        .readFrom(ReadFrom.REPLICA_PREFERRED)
                        .shutdownTimeout(Duration.ZERO)
                        .build());
            connections.afterPropertiesSet();
            connections.start();
            try {
                readFromTheMaster(connections);
            }
            finally {
                connections.destroy();
            }
        }
    }

    private static void readFromTheMaster(LettuceConnectionFactory connections) {
        try (RedisConnection connection = connections.getConnection()) {
            connection.stringCommands().set("known".getBytes(), "x".getBytes());
            assertThat(connection.stringCommands().get("known".getBytes())).as("read from the replica").isNull();
        }
        RedisIdempotencyStore store = new RedisIdempotencyStore(connections, "p:");
        for (long id = 1; id <= 3; id++) {
            RecordKey key = RecordKey.ofMessageId(GROUP, id);
            long token = ((Claim.Acquired) store.claim(key, (id == 2) ? Duration.ofMillis(1) : RETENTION)).token();
            if (id == 1) {
                assertThat(store.complete(key, token, RETENTION)).isTrue();
            }
        }
        new RedisAttemptStore(connections, "p:", RETENTION).recordPostponement(RecordKey.ofMessageId(GROUP, 4),
                RETENTION);

        RedisGroupDirectory directory = new RedisGroupDirectory(connections, "p:");
        GroupSubscription group = new GroupSubscription("", GROUP, "orders", "*", "TAG", "CLUSTERING", false, false,
                Instant.EPOCH, Instant.EPOCH, RETENTION);
        directory.register(List.of(group));
        Instant expectedFrom = directory.groups().get(0).expectedFrom();
        directory.register(List.of(group));
        assertThat(directory.groups()).singleElement()
            .satisfies((known) -> assertThat(known.expectedFrom()).isEqualTo(expectedFrom));

        RedisConsumptionRecords records = new RedisConsumptionRecords(connections, "p:");
        Awaitility.await()
            .untilAsserted(() -> assertThat(records.find(GROUP, new long[] { 1, 2, 3, 4, 5 }))
                .isEqualTo(Map.of(1L, ConsumptionState.DONE, 2L, ConsumptionState.UNCERTAIN, 3L,
                        ConsumptionState.CLAIMED, 4L, ConsumptionState.IN_RETRY)));
    }

}
