package io.reliablemq.test.redis;

import java.time.Clock;
import java.time.Duration;
import java.util.UUID;

import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.id.WorkerIdAllocator;
import io.reliablemq.id.WorkerIdUnavailableException;
import io.reliablemq.id.WorkerLease;
import io.reliablemq.id.WorkerLeaseOptions;
import io.reliablemq.id.redis.RedisWorkerIdAllocator;
import io.reliablemq.test.contract.WorkerIdAllocatorContract;
import io.reliablemq.test.servers.RedisProcess;
import io.reliablemq.test.servers.RedisServers;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class RedisWorkerIdAllocatorIT extends WorkerIdAllocatorContract {

    private static final long NOW = 1_800_000_000_000L;

    private final RedisProcess redis = RedisServers.shared();

    private final String prefix = UUID.randomUUID() + ":";

    private final StringRedisTemplate template = new StringRedisTemplate(this.redis.connectionFactory());

    private final RedisWorkerIdAllocator allocator = new RedisWorkerIdAllocator(this.redis.connectionFactory(),
            this.prefix);

    @Override
    protected WorkerIdAllocator createAllocator() {
        return this.allocator;
    }

    @Test
    void persistsTheLimitWithoutExpiry() {
        WorkerLease lease = this.allocator.claim(NOW, NOW + 100);
        assertThat(lease.previousLimit()).isZero();
        assertThat(limitOf(lease)).isEqualTo(NOW + 100);
        assertThat(this.template.getExpire(this.prefix + "worker")).isEqualTo(-1);
    }

    @Test
    void tellsTheOwnerThatItsEntryIsGone() {
        WorkerLease lease = this.allocator.claim(NOW, NOW + 50);
        this.template.delete(this.prefix + "worker");
        assertThat(this.allocator.extend(lease, NOW + 500)).isFalse();
    }

    @Test
    void beginsANewIdSpaceWhereTheLeasesAreForgotten() {
        String before = this.allocator.space();
        this.template.delete(this.prefix + "worker");
        assertThat(this.allocator.space()).isNotEqualTo(before);
    }

    @Test
    void losesItsWorkerIdWhileRedisIsFrozenAndUsesAnotherOne() {
        try (RedisProcess own = RedisServers.start()) {
            RedisWorkerIdAllocator patient = new RedisWorkerIdAllocator(own.connectionFactory(), this.prefix);
            RedisWorkerIdAllocator impatient = new RedisWorkerIdAllocator(own.connectionFactory(Duration.ofMillis(200)),
                    this.prefix);
            WorkerLeaseOptions options = new WorkerLeaseOptions(Duration.ofMillis(500), Duration.ofMillis(300));
            SnowflakeIdGenerator generator = SnowflakeIdGenerator.leased(impatient, Clock.systemUTC(),
                    Duration.ofMillis(100), options);
            long before = generator.nextId();
            own.freeze();
            Awaitility.await()
                .untilAsserted(() -> assertThatExceptionOfType(WorkerIdUnavailableException.class)
                    .isThrownBy(generator::nextId));
            own.thaw();
            new StringRedisTemplate(own.connectionFactory()).delete(this.prefix + "worker");
            patient.claim(NOW, NOW + 100);
            long after = Awaitility.await().ignoreExceptions().until(generator::nextId, (id) -> id > before);
            assertThat(after).isGreaterThan(before);
            generator.close();
        }
    }

    private long limitOf(WorkerLease lease) {
        String entry = (String) this.template.opsForHash()
            .get(this.prefix + "worker", String.valueOf(lease.workerId()));
        return Long.parseLong(entry.substring(0, entry.indexOf(' ')));
    }

}
