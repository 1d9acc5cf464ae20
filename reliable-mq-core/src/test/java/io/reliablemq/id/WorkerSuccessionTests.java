package io.reliablemq.id;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Random;
import java.util.Set;

import org.junit.jupiter.api.RepeatedTest;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Instances whose clocks jump at random share a few worker ids, take them from each other
 * and come and go. Whatever happens, no id is drawn twice.
 */
class WorkerSuccessionTests {

    private static final int STEPS = 5_000;

    /** In milliseconds; so long that the background thread never runs by itself. */
    private static final int LEASE = 600_000;

    private final long seed = new Random().nextLong();

    private final Random random = new Random(this.seed);

    private final InMemoryWorkerIdAllocator allocator = new InMemoryWorkerIdAllocator(6);

    private final Set<Long> drawn = new HashSet<>();

    /** Timestamps drawn under each lease, by worker id and owner. */
    private final Map<Integer, Map<String, LongSummaryStatistics>> ranges = new HashMap<>();

    private final List<Instance> instances = new ArrayList<>();

    private long farthest;

    @RepeatedTest(20)
    void neverDrawsAnIdTwice() {
        System.out.println("Seed " + this.seed);
        for (int step = 0; step < STEPS; step++) {
            if (this.instances.size() < 4) {
                start();
            }
            Instance instance = this.instances.get(this.random.nextInt(this.instances.size()));
            switch (this.random.nextInt(12)) {
                case 0 -> instance.clock.add(this.random.nextInt(3 * LEASE) - LEASE);
                case 1 -> instance.clock.add(this.random.nextInt(LEASE / 5));
                case 2, 3 -> instance.worker.maintain();
                case 4 -> {
                    if (this.random.nextInt(10) == 0) {
                        stop(instance);
                    }
                }
                default -> draw(instance);
            }
            this.farthest = Math.max(this.farthest, instance.clock.millis() - MutableClock.START);
        }
        this.instances.forEach((instance) -> instance.generator.close());
        assertThat(this.drawn).as("seed %d", this.seed).hasSizeGreaterThan(STEPS / 10);
        assertThat(this.ranges.values()).as("leases of a worker id, seed %d", this.seed)
            .anyMatch((leases) -> leases.size() > 10)
            .allSatisfy((leases) -> assertDisjoint(leases.values()));
    }

    private void assertDisjoint(Collection<LongSummaryStatistics> leases) {
        LongSummaryStatistics former = null;
        for (LongSummaryStatistics lease : leases.stream()
            .sorted(Comparator.comparingLong(LongSummaryStatistics::getMin))
            .toList()) {
            if (former != null) {
                assertThat(lease.getMin()).as("start of a lease, seed %d", this.seed).isGreaterThan(former.getMax());
            }
            former = lease;
        }
    }

    private void start() {
        MutableClock clock = new TickingClock();
        clock.add(this.farthest + this.random.nextInt(2 * LEASE) - LEASE);
        while (true) {
            try {
                LeasedWorker worker = LeasedWorker.start(this.allocator, clock,
                        new WorkerLeaseOptions(Duration.ofMillis(LEASE), Duration.ZERO));
                this.instances.add(new Instance(clock, worker, new SnowflakeIdGenerator(worker, clock, Duration.ZERO)));
                return;
            }
            catch (WorkerIdUnavailableException ex) {
                clock.add(LEASE);
            }
        }
    }

    /** Without giving the worker id back half of the time, as in a crash. */
    private void stop(Instance instance) {
        this.instances.remove(instance);
        if (this.random.nextBoolean()) {
            instance.generator.close();
        }
    }

    private void draw(Instance instance) {
        try {
            for (long id : instance.generator.nextIds(1 + this.random.nextInt(5))) {
                assertThat(this.drawn.add(id)).as("id %d is new, seed %d", id, this.seed).isTrue();
                WorkerLease lease = instance.worker.seat().lease();
                this.ranges.computeIfAbsent(lease.workerId(), (worker) -> new HashMap<>())
                    .computeIfAbsent(lease.owner(), (owner) -> new LongSummaryStatistics())
                    .accept(SnowflakeIdGenerator.timestampOf(id).toEpochMilli());
            }
        }
        catch (ClockMovedBackwardsException | WorkerIdUnavailableException ex) {
            instance.clock.add(this.random.nextInt(LEASE));
        }
    }

    record Instance(MutableClock clock, LeasedWorker worker, SnowflakeIdGenerator generator) {
    }

    /** Moves by itself, so that nobody waits for it in vain. */
    static class TickingClock extends MutableClock {

        private int reads;

        @Override
        public long millis() {
            if (++this.reads % 10 == 0) {
                add(1);
            }
            return super.millis();
        }

    }

}
