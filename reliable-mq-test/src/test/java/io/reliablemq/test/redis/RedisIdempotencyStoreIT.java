package io.reliablemq.test.redis;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.idempotency.Claim;
import io.reliablemq.idempotency.IdempotencyStore;
import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.IdentityClashes;
import io.reliablemq.idempotency.Lease;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.idempotency.RecordState;
import io.reliablemq.idempotency.redis.RedisIdempotencyStore;
import io.reliablemq.message.MessageId;
import io.reliablemq.reconcile.ConsumptionState;
import io.reliablemq.reconcile.redis.RedisConsumptionRecords;
import io.reliablemq.test.contract.IdempotencyStoreContract;
import io.reliablemq.test.servers.RedisProcess;
import io.reliablemq.test.servers.RedisServers;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.RedisOperations;
import org.springframework.data.redis.core.SessionCallback;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class RedisIdempotencyStoreIT extends IdempotencyStoreContract {

    private static final Duration LEASE = Duration.ofMinutes(1);

    private final RedisProcess redis = RedisServers.shared();

    private final String prefix = UUID.randomUUID() + ":";

    private final StringRedisTemplate template = new StringRedisTemplate(this.redis.connectionFactory());

    private final RedisIdempotencyStore store = new RedisIdempotencyStore(this.template.getRequiredConnectionFactory(),
            this.prefix);

    private final RecordKey key = RecordKey.ofMessageId("GID", 42);

    @Override
    protected IdempotencyStore store() {
        return this.store;
    }

    @Override
    protected boolean purges() {
        return false;
    }

    @Test
    void noticesAnotherMessageWithTheSameIdentity() {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        RedisIdempotencyStore records = new RedisIdempotencyStore(this.redis.connectionFactory(),
                "clash:" + UUID.randomUUID(), Clock.systemUTC(), new IdentityClashes(meters));
        RecordKey one = RecordKey.ofMessageId("g", new MessageId(42, "a"));
        RecordKey plain = RecordKey.ofMessageId("g", 43);
        for (RecordKey each : List.of(one.withOrigin(-7L), plain)) {
            long token = ((Claim.Acquired) records.claim(each, Duration.ofMinutes(1))).token();
            assertThat(records.complete(each, token, Duration.ofMinutes(1))).isTrue();
        }
        records.claim(one.withOrigin(-7L), Duration.ofMinutes(1));
        records.claim(one, Duration.ofMinutes(1));
        records.claim(plain.withOrigin(8L), Duration.ofMinutes(1));
        assertThat(meters.get("reliable.mq.identity.clash").counter().count()).isZero();
        records.claim(one.withOrigin(8L), Duration.ofMinutes(1));
        records.claimAll(List.of(plain.withOrigin(8L), one.withOrigin(9L)), Duration.ofMinutes(1));
        assertThat(meters.get("reliable.mq.identity.clash").counter().count()).isEqualTo(2);
    }

    @Test
    void showsTheReconciliationEachIdSpacesOwnRecords() {
        MessageId done = new MessageId(42, "a");
        RecordKey one = RecordKey.ofMessageId("g", done);
        this.store.complete(one, ((Claim.Acquired) this.store.claim(one, Duration.ofMinutes(1))).token(),
                Duration.ofMinutes(1));
        MessageId claimed = new MessageId(42, null);
        this.store.claim(RecordKey.ofMessageId("g", claimed), Duration.ofMinutes(1));
        RedisConsumptionRecords records = new RedisConsumptionRecords(this.redis.connectionFactory(), this.prefix);
        assertThat(records.find("g", List.of(done, claimed, new MessageId(42, "b"))))
            .isEqualTo(Map.of(done, ConsumptionState.DONE, claimed, ConsumptionState.CLAIMED));
        assertThat(records.find("g", new long[] { 42 })).isEqualTo(Map.of(42L, ConsumptionState.CLAIMED));
    }

    @Test
    void skipsWhatIsParkedForAsLongAsItIs() {
        assertThat(this.store.state(this.key)).isEqualTo(RecordState.ABSENT);
        assertThat(this.store.park(this.key)).isEqualTo(RecordState.PARKED);
        assertThat(this.store.park(this.key)).isEqualTo(RecordState.PARKED);
        assertThat(expireOf(this.key)).isEqualTo(-1);
        assertThat(this.store.claim(this.key, LEASE)).isEqualTo(new Claim.AlreadyDone());
        assertThat(this.store.free(this.key)).isEqualTo(RecordState.FREE);
        assertThat(this.store.free(this.key)).isEqualTo(RecordState.FREE);
        long token = ((Claim.Acquired) this.store.claim(this.key, LEASE)).token();
        assertThat(this.store.park(this.key)).isEqualTo(RecordState.CLAIMED);
        assertThat(this.store.discard(this.key, LEASE)).isEqualTo(RecordState.CLAIMED);
        this.store.release(this.key, token);
        assertThat(this.store.park(this.key)).isEqualTo(RecordState.PARKED);
        assertThat(this.store.complete(this.key, token, LEASE)).isFalse();
        assertThat(this.store.release(this.key, token)).isFalse();
        assertThat(this.store.state(this.key)).isEqualTo(RecordState.PARKED);
        this.store.free(this.key);
        long next = ((Claim.Acquired) this.store.claim(this.key, LEASE)).token();
        assertThat(next).isGreaterThan(token);
        this.store.complete(this.key, next, LEASE);
        assertThat(this.store.park(this.key)).isEqualTo(RecordState.DONE);
        assertThat(this.store.state(this.key)).isEqualTo(RecordState.DONE);
    }

    @Test
    void skipsWhatIsDiscardedForTheRetention() {
        this.store.park(this.key);
        assertThat(this.store.discard(this.key, Duration.ofHours(1))).isEqualTo(RecordState.DONE);
        assertThat(expireOf(this.key)).isBetween(3500L, 3600L);
        assertThat(this.store.claim(this.key, LEASE)).isEqualTo(new Claim.AlreadyDone());
        assertThat(this.store.free(this.key)).isEqualTo(RecordState.DONE);
    }

    @Test
    void keepsTheTokenLongerThanTheLease() {
        this.store.claim(this.key, LEASE);
        assertThat(expireOf(this.key)).isBetween(24 * 3600L, 24 * 3600L + 60);
    }

    @Test
    void keepsADoneRecordForTheRetention() {
        assertThat(this.store.complete(this.key, acquired(this.store.claim(this.key, LEASE)), RETENTION)).isTrue();
        assertThat(expireOf(this.key)).isBetween(7 * 86400L - 60, 7 * 86400L);
    }

    @Test
    void givesAGreaterTokenEvenIfTheRecordVanished() {
        long token = acquired(this.store.claim(this.key, LEASE));
        this.template.delete(name(this.key));
        Awaitility.await().until(() -> System.currentTimeMillis() > token + 1);
        assertThat(acquired(this.store.claim(this.key, LEASE))).isGreaterThan(token);
        assertThat(this.store.complete(this.key, token, RETENTION)).isFalse();
    }

    @Test
    void recordsAnAliasOnce() {
        RecordKey alias = RecordKey.ofMessageId("GID", 43);
        this.store.recordAlias(alias, this.key, RETENTION);
        this.store.recordAlias(alias, RecordKey.ofMessageId("GID", 44), RETENTION);
        assertThat(this.template.opsForValue().get(name(alias))).endsWith(name(this.key));
        assertThat(expireOf(alias)).isPositive();
        assertThat(this.store.claim(alias, LEASE)).isEqualTo(new Claim.AlreadyDone());
    }

    @Test
    void renewsManyLeasesAndNamesTheLostOnes() {
        List<Lease> leases = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            RecordKey one = RecordKey.ofMessageId("GID", i);
            leases.add(new Lease(one, acquired(this.store.claim(one, Duration.ofMillis(1)))));
        }
        Awaitility.await().until(() -> this.store.claim(leases.get(7).key(), LEASE) instanceof Claim.Acquired);
        this.store.complete(leases.get(8).key(), leases.get(8).token(), RETENTION);
        this.store.release(leases.get(9).key(), leases.get(9).token());
        this.template.delete(name(leases.get(10).key()));
        assertThat(this.store.renew(leases, LEASE)).containsExactlyElementsOf(leases.subList(7, 11));
        assertThat(this.store.claim(leases.get(199).key(), LEASE)).isInstanceOfSatisfying(Claim.Held.class,
                (held) -> assertThat(held.remaining()).isBetween(Duration.ofSeconds(30), LEASE));
    }

    @Test
    void doesNotJoinATransactionOfTheCaller() {
        List<Object> results = this.template.execute(new SessionCallback<>() {
            @Override
            @SuppressWarnings({ "unchecked", "rawtypes" })
            public List<Object> execute(RedisOperations operations) {
                operations.multi();
                acquired(RedisIdempotencyStoreIT.this.store.claim(RedisIdempotencyStoreIT.this.key, LEASE));
                return operations.exec();
            }
        });
        assertThat(results).isEmpty();
    }

    @Test
    void survivesARestartThatForgetsTheScripts(@TempDir Path folder) {
        try (RedisProcess own = RedisServers.start("appendonly yes", "appendfsync always", "dir " + folder)) {
            RedisIdempotencyStore store = new RedisIdempotencyStore(own.connectionFactory(), this.prefix);
            long token = acquired(store.claim(this.key, LEASE));
            own.kill();
            assertThatExceptionOfType(IdempotencyStoreException.class)
                .isThrownBy(() -> new RedisIdempotencyStore(own.connectionFactory(Duration.ofMillis(200)), this.prefix)
                    .complete(this.key, token, RETENTION));
            own.start();
            assertThat(store.complete(this.key, token, RETENTION)).isTrue();
            assertThat(store.claim(this.key, LEASE)).isEqualTo(new Claim.AlreadyDone());
        }
    }

    @Test
    void saysThatNothingIsKnownWhileRedisIsFrozen() {
        try (RedisProcess own = RedisServers.start()) {
            RedisIdempotencyStore store = new RedisIdempotencyStore(own.connectionFactory(Duration.ofMillis(300)),
                    this.prefix);
            long token = acquired(store.claim(this.key, LEASE));
            Lease lease = new Lease(this.key, token);
            own.freeze();
            assertThatExceptionOfType(IdempotencyStoreException.class)
                .isThrownBy(() -> store.complete(this.key, token, RETENTION));
            assertThatExceptionOfType(IdempotencyStoreException.class).isThrownBy(() -> store.claim(this.key, LEASE));
            assertThatExceptionOfType(IdempotencyStoreException.class)
                .isThrownBy(() -> store.renew(List.of(lease), LEASE));
            own.thaw();
            Awaitility.await()
                .ignoreExceptions()
                .atMost(30, TimeUnit.SECONDS)
                .until(() -> store.complete(this.key, token, RETENTION));
        }
    }

    @Test
    void failsOnAValueThatIsNoRecord() {
        this.template.opsForValue().set(name(this.key), "something else");
        assertThatExceptionOfType(IdempotencyStoreException.class).isThrownBy(() -> this.store.claim(this.key, LEASE));
    }

    @Test
    void tellsTheEvictionPolicy() {
        assertThat(this.store.checkEvictionPolicy()).containsExactly("noeviction");
        try (RedisProcess evicting = RedisServers.start("maxmemory-policy allkeys-lru")) {
            assertThat(new RedisIdempotencyStore(evicting.connectionFactory(), this.prefix).checkEvictionPolicy())
                .containsExactly("allkeys-lru");
        }
        try (RedisProcess managed = RedisServers.start("rename-command CONFIG \"\"")) {
            assertThat(new RedisIdempotencyStore(managed.connectionFactory(), this.prefix).checkEvictionPolicy())
                .isEmpty();
        }
    }

    @Test
    void needsOneKeyPerRecord() {
        this.store.claim(this.key, LEASE);
        Set<String> names = this.template.keys(this.prefix + "*");
        assertThat(names).containsExactly(name(this.key));
    }

    @Test
    void needsOneCommandPerBatchAndStep() {
        // The server learns the scripts.
        this.store.completeAll(claimAll(0), LEASE);
        long before = scriptsRun();
        List<Lease> leases = claimAll(100);
        assertThat(scriptsRun() - before).isEqualTo(1);
        leases.addAll(claimAll(200));
        assertThat(this.store.completeAll(leases, LEASE)).isEmpty();
        assertThat(scriptsRun() - before).isEqualTo(3);
        assertThat(leases).allSatisfy((lease) -> assertThat(this.store.state(lease.key())).isEqualTo(RecordState.DONE));
    }

    private List<Lease> claimAll(int from) {
        List<RecordKey> keys = IntStream.range(from, from + 32)
            .mapToObj((id) -> RecordKey.ofMessageId("GID", id))
            .toList();
        List<Claim> claims = this.store.claimAll(keys, LEASE);
        List<Lease> leases = new ArrayList<>();
        for (Claim claim : claims) {
            leases.add(new Lease(keys.get(leases.size()), ((Claim.Acquired) claim).token()));
        }
        return leases;
    }

    private long scriptsRun() {
        Properties stats = this.template
            .execute((RedisCallback<Properties>) (connection) -> connection.serverCommands().info("commandstats"));
        String calls = stats.getProperty("cmdstat_evalsha").replaceFirst("calls=(\\d+),.*", "$1");
        return Long.parseLong(calls);
    }

    private long expireOf(RecordKey key) {
        return this.template.getExpire(name(key), TimeUnit.SECONDS);
    }

    private String name(RecordKey key) {
        return this.prefix + "inbox:{" + key.group() + ":" + key.identity() + "}";
    }

}
