package io.reliablemq.test.contract;

import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.id.WorkerIdAllocator;
import io.reliablemq.id.WorkerIdUnavailableException;
import io.reliablemq.id.WorkerLease;
import io.reliablemq.id.WorkerLeaseOptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What every {@link WorkerIdAllocator} must do. A subclass names the store, empty for
 * each test.
 */
public abstract class WorkerIdAllocatorContract {

    private static final long NOW = 1_800_000_000_000L;

    private static final long FAR = 9_000_000_000_000L;

    @SuppressWarnings("NullAway.Init")
    private WorkerIdAllocator allocator;

    /**
     * A fresh allocator.
     * @return an allocator on an empty store
     * @throws Exception if the store cannot be prepared
     */
    protected abstract WorkerIdAllocator createAllocator() throws Exception;

    @BeforeEach
    void create() throws Exception {
        this.allocator = createAllocator();
    }

    @Test
    void startsWithoutALimit() {
        WorkerLease lease = this.allocator.claim(NOW, NOW + 100);
        assertThat(lease.previousLimit()).isZero();
        assertThat(lease.limit()).isEqualTo(NOW + 100);
    }

    @Test
    void givesDistinctWorkerIdsToConcurrentClaims() {
        assertThat(claimConcurrently(50, NOW)).extracting(WorkerLease::workerId).doesNotHaveDuplicates();
    }

    @Test
    void givesEachFreedWorkerIdToOneOfConcurrentClaims() {
        takeAllBut(20);
        for (int i = 0; i < 20; i++) {
            this.allocator.claim(NOW, NOW + i);
        }
        List<WorkerLease> leases = claimConcurrently(20, NOW + 50);
        assertThat(leases).extracting(WorkerLease::workerId).doesNotHaveDuplicates();
        assertThat(leases).extracting(WorkerLease::previousLimit)
            .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 20).mapToObj((i) -> NOW + i).toList());
        assertThatExceptionOfType(WorkerIdUnavailableException.class)
            .isThrownBy(() -> this.allocator.claim(NOW + 50, NOW + 100));
    }

    @Test
    void takesNoWorkerIdBeforeItsLimitHasPassed() {
        takeAllBut(1);
        WorkerLease last = this.allocator.claim(NOW, NOW + 50);
        assertThatExceptionOfType(WorkerIdUnavailableException.class)
            .isThrownBy(() -> this.allocator.claim(NOW + 50, NOW + 100))
            .withMessageContaining("reliable-mq.id.worker-id");
        WorkerLease next = this.allocator.claim(NOW + 51, NOW + 100);
        assertThat(next.workerId()).isEqualTo(last.workerId());
        assertThat(next.previousLimit()).isEqualTo(NOW + 50);
        assertThat(next.owner()).isNotEqualTo(last.owner());
    }

    @Test
    void persistsAnExtensionAndLowersNoLimit() {
        takeAllBut(1);
        WorkerLease lease = this.allocator.claim(NOW, NOW + 100);
        assertThat(this.allocator.extend(lease, NOW + 300)).isTrue();
        assertThat(this.allocator.extend(lease, NOW + 300)).isTrue();
        assertThat(this.allocator.extend(lease, NOW + 200)).isTrue();
        assertThatExceptionOfType(WorkerIdUnavailableException.class)
            .isThrownBy(() -> this.allocator.claim(NOW + 300, NOW + 400));
        assertThat(this.allocator.claim(NOW + 301, NOW + 400).previousLimit()).isEqualTo(NOW + 300);
    }

    @Test
    void tellsTheFormerOwnerThatItLostItsLease() {
        takeAllBut(1);
        WorkerLease former = this.allocator.claim(NOW, NOW + 50);
        WorkerLease next = this.allocator.claim(NOW + 51, NOW + 100);
        assertThat(this.allocator.extend(former, NOW + 500)).isFalse();
        assertThat(this.allocator.extend(former, NOW + 60)).isFalse();
        this.allocator.release(former, NOW + 50);
        assertThat(this.allocator.extend(next, NOW + 200)).isTrue();
        assertThat(this.allocator.claim(NOW + 201, NOW + 300).previousLimit()).isEqualTo(NOW + 200);
    }

    @Test
    void leavesTheLastTimestampToTheNextOwner() {
        takeAllBut(1);
        WorkerLease former = this.allocator.claim(NOW, NOW + 50);
        this.allocator.release(former, NOW + 20);
        assertThat(this.allocator.extend(former, NOW + 100)).isFalse();
        WorkerLease next = this.allocator.claim(NOW + 21, NOW + 100);
        assertThat(next.workerId()).isEqualTo(former.workerId());
        assertThat(next.previousLimit()).isEqualTo(NOW + 20);
    }

    @Test
    void makesOneIdSpaceForAllWhoAskAtTheSameTime() {
        ExecutorService executor = Executors.newFixedThreadPool(16);
        try {
            List<CompletableFuture<String>> spaces = IntStream.range(0, 50)
                .mapToObj((i) -> CompletableFuture.supplyAsync(() -> String.valueOf(this.allocator.space()), executor))
                .toList();
            assertThat(spaces.stream().map(CompletableFuture::join).distinct()).hasSize(1)
                .allMatch((space) -> space.matches("[a-z0-9]{8}"));
        }
        finally {
            executor.shutdownNow();
        }
        String space = this.allocator.space();
        takeAllBut(0);
        assertThat(this.allocator.space()).isEqualTo(space);
    }

    @Test
    void feedsGeneratorsThatSucceedEachOther() {
        takeAllBut(2);
        Set<Long> ids = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            SnowflakeIdGenerator generator = SnowflakeIdGenerator.leased(this.allocator, Clock.systemUTC(),
                    Duration.ofSeconds(1), WorkerLeaseOptions.defaults());
            try (generator) {
                for (long id : generator.nextIds(100)) {
                    assertThat(ids.add(id)).as("id %d is new", id).isTrue();
                }
            }
            awaitMillisecond(generatorTime(ids));
        }
        assertThat(ids.stream().map(SnowflakeIdGenerator::workerIdOf).distinct()).hasSizeLessThanOrEqualTo(2);
    }

    private static long generatorTime(Set<Long> ids) {
        return ids.stream().mapToLong((id) -> SnowflakeIdGenerator.timestampOf(id).toEpochMilli()).max().orElseThrow();
    }

    private static void awaitMillisecond(long passed) {
        while (Clock.systemUTC().millis() <= passed) {
            Thread.onSpinWait();
        }
    }

    private List<WorkerLease> claimConcurrently(int count, long now) {
        ExecutorService executor = Executors.newFixedThreadPool(16);
        try {
            List<CompletableFuture<WorkerLease>> claims = IntStream.range(0, count)
                .mapToObj((i) -> CompletableFuture.supplyAsync(() -> this.allocator.claim(now, FAR), executor))
                .toList();
            return claims.stream().map(CompletableFuture::join).toList();
        }
        finally {
            executor.shutdownNow();
        }
    }

    private void takeAllBut(int free) {
        for (int i = 0; i < WorkerIdAllocator.WORKERS - free; i++) {
            this.allocator.claim(NOW, FAR);
        }
    }

}
