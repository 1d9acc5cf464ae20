package io.reliablemq.id.redis;

import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.id.WorkerIdUnavailableException;
import io.reliablemq.id.WorkerLease;
import io.reliablemq.id.WorkerLeaseOptions;
import io.reliablemq.test.servers.RedisProcess;
import io.reliablemq.test.servers.RedisServers;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class RedisWorkerIdAllocatorIT {

    private static final long NOW = 1_800_000_000_000L;

    private final RedisProcess redis = RedisServers.shared();

    private final String prefix = UUID.randomUUID() + ":";

    private final StringRedisTemplate template = new StringRedisTemplate(this.redis.connectionFactory());

    private final RedisWorkerIdAllocator allocator = new RedisWorkerIdAllocator(this.redis.connectionFactory(),
            this.prefix);

    @Test
    void persistsTheLimitWithoutExpiry() {
        WorkerLease lease = this.allocator.claim(NOW, NOW + 100);
        assertThat(lease.previousLimit()).isZero();
        assertThat(limitOf(lease)).isEqualTo(NOW + 100);
        assertThat(this.template.getExpire(this.prefix + "worker")).isEqualTo(-1);
    }

    @Test
    void givesDistinctWorkerIdsToConcurrentClaims() {
        ExecutorService executor = Executors.newFixedThreadPool(16);
        List<CompletableFuture<WorkerLease>> claims = IntStream.range(0, 50)
            .mapToObj((i) -> CompletableFuture.supplyAsync(() -> this.allocator.claim(NOW, NOW + 100), executor))
            .toList();
        assertThat(claims.stream().map((claim) -> claim.join().workerId())).doesNotHaveDuplicates().hasSize(50);
        executor.shutdown();
    }

    @Test
    void givesDistinctWorkerIdsWhenOnlyFormerOnesAreFree() {
        for (int i = 0; i < 1024; i++) {
            this.allocator.claim(NOW, NOW + i);
        }
        List<WorkerLease> leases = IntStream.range(0, 50)
            .parallel()
            .mapToObj((i) -> this.allocator.claim(NOW + 50, NOW + 10_000))
            .toList();
        assertThat(leases).extracting(WorkerLease::workerId).doesNotHaveDuplicates();
        assertThat(leases).extracting(WorkerLease::previousLimit)
            .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 50).mapToObj((i) -> NOW + i).toList());
        assertThatExceptionOfType(WorkerIdUnavailableException.class)
            .isThrownBy(() -> this.allocator.claim(NOW + 50, NOW + 10_000))
            .withMessageContaining("reliable-mq.id.worker-id");
    }

    @Test
    void lowersNoLimit() {
        WorkerLease lease = this.allocator.claim(NOW, NOW + 100);
        assertThat(this.allocator.extend(lease, NOW + 300)).isTrue();
        assertThat(this.allocator.extend(lease, NOW + 200)).isTrue();
        assertThat(limitOf(lease)).isEqualTo(NOW + 300);
    }

    @Test
    void tellsTheFormerOwnerThatItLostItsLease() {
        fillAllBut(7);
        WorkerLease former = this.allocator.claim(NOW, NOW + 50);
        WorkerLease next = this.allocator.claim(NOW + 51, NOW + 100);
        assertThat(next.workerId()).isEqualTo(former.workerId()).isEqualTo(7);
        assertThat(next.previousLimit()).isEqualTo(NOW + 50);
        assertThat(this.allocator.extend(former, NOW + 500)).isFalse();
        this.allocator.release(former, NOW + 50);
        assertThat(limitOf(next)).isEqualTo(NOW + 100);
    }

    @Test
    void leavesTheLastTimestampToTheNextOwner() {
        fillAllBut(7);
        this.allocator.release(this.allocator.claim(NOW, NOW + 50), NOW + 20);
        WorkerLease next = this.allocator.claim(NOW + 21, NOW + 100);
        assertThat(next.workerId()).isEqualTo(7);
        assertThat(next.previousLimit()).isEqualTo(NOW + 20);
    }

    @Test
    void tellsTheOwnerThatItsEntryIsGone() {
        WorkerLease lease = this.allocator.claim(NOW, NOW + 50);
        this.template.delete(this.prefix + "worker");
        assertThat(this.allocator.extend(lease, NOW + 500)).isFalse();
    }

    @Test
    void feedsGeneratorsThatTakeOverFromEachOther() {
        WorkerLeaseOptions options = WorkerLeaseOptions.defaults().withLength(Duration.ofMillis(300));
        Set<Long> ids = new HashSet<>();
        Set<Integer> workers = new HashSet<>();
        fillAllBut(7);
        SnowflakeIdGenerator former = generator(options);
        add(ids, former.nextIds(100));
        former.close();
        try (SnowflakeIdGenerator next = generator(options)) {
            add(ids, next.nextIds(100));
        }
        ids.forEach((id) -> workers.add(SnowflakeIdGenerator.workerIdOf(id)));
        assertThat(workers).containsExactly(7);
    }

    private SnowflakeIdGenerator generator(WorkerLeaseOptions options) {
        return Awaitility.await()
            .ignoreExceptions()
            .until(() -> SnowflakeIdGenerator.leased(this.allocator, Clock.systemUTC(), Duration.ofMillis(100),
                    options), (generator) -> true);
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

    private static void add(Set<Long> ids, long[] drawn) {
        for (long id : drawn) {
            assertThat(ids.add(id)).as("id %d is new", id).isTrue();
        }
    }

    private void fillAllBut(int free) {
        for (int workerId = 0; workerId < 1024; workerId++) {
            if (workerId != free) {
                this.template.opsForHash().put(this.prefix + "worker", String.valueOf(workerId), "9000000000000 other");
            }
        }
    }

    private long limitOf(WorkerLease lease) {
        String entry = (String) this.template.opsForHash()
            .get(this.prefix + "worker", String.valueOf(lease.workerId()));
        return Long.parseLong(entry.substring(0, entry.indexOf(' ')));
    }

}
