package io.reliablemq.test.redis;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import io.lettuce.core.cluster.SlotHash;
import io.reliablemq.id.WorkerLease;
import io.reliablemq.id.redis.RedisWorkerIdAllocator;
import io.reliablemq.idempotency.Claim;
import io.reliablemq.idempotency.Lease;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.idempotency.RecordState;
import io.reliablemq.idempotency.redis.RedisIdempotencyStore;
import io.reliablemq.retry.redis.RedisAttemptStore;
import io.reliablemq.test.servers.RedisProcess;
import io.reliablemq.test.servers.RedisServers;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A cluster of two masters, half of the slots each.
 */
class RedisClusterIT {

    private static final Duration LEASE = Duration.ofMinutes(1);

    private static RedisProcess first;

    private static RedisProcess second;

    private static LettuceConnectionFactory cluster;

    @BeforeAll
    static void start(@TempDir Path folder) {
        first = node(folder, "first");
        second = node(folder, "second");
        command(first, "MEET", "127.0.0.1", String.valueOf(second.port()));
        command(first, slots(0, 8192));
        command(second, slots(8192, 16384));
        Awaitility.await().until(() -> isReady(first) && isReady(second));
        cluster = new LettuceConnectionFactory(
                new RedisClusterConfiguration(List.of("127.0.0.1:" + first.port(), "127.0.0.1:" + second.port())));
        cluster.afterPropertiesSet();
        cluster.start();
    }

    private static RedisProcess node(Path folder, String name) {
        return RedisServers.start("cluster-enabled yes", "dir " + folder, "cluster-config-file " + name + ".conf");
    }

    private static String[] slots(int from, int to) {
        List<String> arguments = new ArrayList<>(List.of("ADDSLOTS"));
        IntStream.range(from, to).mapToObj(String::valueOf).forEach(arguments::add);
        return arguments.toArray(String[]::new);
    }

    private static Object command(RedisProcess node, String... arguments) {
        try (RedisConnection connection = node.connectionFactory().getConnection()) {
            byte[][] bytes = Stream.of(arguments).map(String::getBytes).toArray(byte[][]::new);
            return connection.execute("CLUSTER", bytes);
        }
    }

    private static boolean isReady(RedisProcess node) {
        String info = new String((byte[]) command(node, "INFO"));
        return info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:2");
    }

    @AfterAll
    static void stop() {
        cluster.destroy();
        first.close();
        second.close();
    }

    @Test
    void claimsCompletesAndRenewsOnBothNodes() {
        RedisIdempotencyStore store = new RedisIdempotencyStore(cluster, "a:");
        List<Lease> leases = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            RecordKey key = RecordKey.ofMessageId("GID", i);
            leases.add(new Lease(key, ((Claim.Acquired) store.claim(key, LEASE)).token()));
        }
        assertThat(store.complete(leases.get(3).key(), leases.get(3).token(), LEASE)).isTrue();
        assertThat(store.release(leases.get(4).key(), leases.get(4).token())).isTrue();
        assertThat(store.renew(leases, LEASE)).containsExactly(leases.get(3), leases.get(4));
        store.recordAlias(RecordKey.ofMessageId("GID", 1000), leases.get(3).key(), LEASE);
        assertThat(store.claim(RecordKey.ofMessageId("GID", 1000), LEASE)).isEqualTo(new Claim.AlreadyDone());
    }

    @Test
    void claimsABatchOfNewAndKnownOnesOnBothNodes() {
        RedisIdempotencyStore store = new RedisIdempotencyStore(cluster, "c:");
        List<RecordKey> keys = keysOnBothNodes("c:");
        List<Lease> known = claimAll(store, keys.subList(0, 40));
        assertThat(store.completeAll(known.subList(0, 20), LEASE)).isEmpty();

        List<Claim> claims = store.claimAll(keys, LEASE);
        assertThat(claims.subList(0, 20)).containsOnly(new Claim.AlreadyDone());
        assertThat(claims.subList(20, 40)).hasOnlyElementsOfType(Claim.Held.class);
        assertThat(claims.subList(40, 100)).hasOnlyElementsOfType(Claim.Acquired.class);
        assertThat(keys.subList(40, 100)).allMatch((key) -> store.state(key) == RecordState.CLAIMED);
    }

    @Test
    void completesABatchOnBothNodesButForLostLeases() {
        RedisIdempotencyStore store = new RedisIdempotencyStore(cluster, "d:");
        RedisIdempotencyStore other = new RedisIdempotencyStore(cluster, "d:");
        List<RecordKey> keys = keysOnBothNodes("d:");
        List<Lease> leases = claimAll(store, keys);
        List<Lease> lost = new ArrayList<>();
        for (int i = 0; i < leases.size(); i += 10) {
            lost.add(leases.get(i));
            store.release(leases.get(i).key(), leases.get(i).token());
        }
        List<Lease> taken = claimAll(other, lost.stream().map(Lease::key).toList());
        assertThat(taken).allSatisfy((lease) -> assertThat(lease.token()).isGreaterThan(leases.get(0).token()));

        assertThat(store.completeAll(leases, LEASE)).containsExactlyElementsOf(lost);
        assertThat(lost).allMatch((lease) -> store.state(lease.key()) == RecordState.CLAIMED);
        assertThat(store.completeAll(leases, LEASE)).as("again").containsExactlyElementsOf(lost);
        assertThat(other.completeAll(taken, LEASE)).isEmpty();
        assertThat(keys).allMatch((key) -> store.state(key) == RecordState.DONE);
    }

    @Test
    void renewsABatchOnBothNodesButForLostLeases() {
        RedisIdempotencyStore store = new RedisIdempotencyStore(cluster, "e:");
        List<RecordKey> keys = keysOnBothNodes("e:");
        List<Lease> leases = claimAll(store, keys);
        List<Lease> lost = new ArrayList<>(leases.subList(10, 20));
        lost.forEach((lease) -> store.release(lease.key(), lease.token()));
        List<Lease> done = leases.subList(90, 100);
        assertThat(store.completeAll(done, LEASE)).isEmpty();

        lost.addAll(done);
        assertThat(store.renew(leases, LEASE.multipliedBy(5))).containsExactlyElementsOf(lost);
        assertThat(store.claimAll(keys.subList(20, 90), LEASE)).allSatisfy((claim) -> assertThat(claim)
            .isInstanceOfSatisfying(Claim.Held.class, (held) -> assertThat(held.remaining()).isGreaterThan(LEASE)));
    }

    private static List<RecordKey> keysOnBothNodes(String prefix) {
        List<RecordKey> keys = LongStream.range(0, 100).mapToObj((id) -> RecordKey.ofMessageId("GID", id)).toList();
        assertThat(keys).filteredOn((key) -> isOnTheFirst(prefix, key)).hasSizeBetween(20, 80);
        return keys;
    }

    private static boolean isOnTheFirst(String prefix, RecordKey key) {
        return SlotHash.getSlot(prefix + "inbox:{GID:" + key.identity() + "}") < 8192;
    }

    private static List<Lease> claimAll(RedisIdempotencyStore store, List<RecordKey> keys) {
        List<Lease> leases = new ArrayList<>();
        for (Claim claim : store.claimAll(keys, LEASE)) {
            leases.add(new Lease(keys.get(leases.size()), ((Claim.Acquired) claim).token()));
        }
        return leases;
    }

    /** As behind a proxy: one address, but no script for keys of different slots. */
    @Test
    void claimsAndCompletesABatchWhereAScriptMayHaveOneKeyOnly() {
        RedisIdempotencyStore store = new RedisIdempotencyStore(first.connectionFactory(), "b:");
        List<RecordKey> keys = LongStream.range(0, 100)
            .mapToObj((id) -> RecordKey.ofMessageId("GID", id))
            .filter((key) -> isOnTheFirst("b:", key))
            .toList();
        assertThat(keys).hasSizeGreaterThan(10);
        List<Lease> leases = claimAll(store, keys);
        assertThat(store.claimAll(keys, LEASE)).hasOnlyElementsOfType(Claim.Held.class);
        assertThat(store.release(leases.get(2).key(), leases.get(2).token())).isTrue();
        assertThat(store.completeAll(leases, LEASE)).containsExactly(leases.get(2));
        assertThat(store.claimAll(keys.subList(0, 3), LEASE)).satisfiesExactly(
                (one) -> assertThat(one).isEqualTo(new Claim.AlreadyDone()),
                (two) -> assertThat(two).isEqualTo(new Claim.AlreadyDone()),
                (free) -> assertThat(free).isInstanceOf(Claim.Acquired.class));
    }

    @Test
    void asksEveryNodeForItsEvictionPolicy() {
        assertThat(new RedisIdempotencyStore(cluster, "a:").checkEvictionPolicy()).containsExactly("noeviction");
    }

    @Test
    void countsAttemptsOnBothNodes() {
        RedisAttemptStore store = new RedisAttemptStore(cluster, "a:", LEASE);
        for (int i = 0; i < 20; i++) {
            RecordKey key = RecordKey.ofMessageId("GID", i);
            store.recordFailure(key, new RuntimeException(), Duration::ofSeconds);
            assertThat(store.find(key)).isPresent();
            store.clear(key);
            assertThat(store.find(key)).isEmpty();
        }
    }

    @Test
    void leasesWorkerIds() {
        RedisWorkerIdAllocator allocator = new RedisWorkerIdAllocator(cluster, "a:");
        WorkerLease lease = allocator.claim(1_000, 2_000);
        assertThat(allocator.extend(lease, 3_000)).isTrue();
        allocator.release(lease, 2_500);
    }

}
