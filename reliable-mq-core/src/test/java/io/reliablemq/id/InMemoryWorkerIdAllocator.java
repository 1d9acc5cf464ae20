package io.reliablemq.id;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * Keeps the leases in a map; can be told to fail.
 */
class InMemoryWorkerIdAllocator implements WorkerIdAllocator {

    private final int workers;

    private final Map<Integer, Entry> entries = new HashMap<>();

    private @Nullable RuntimeException failure;

    InMemoryWorkerIdAllocator(int workers) {
        this.workers = workers;
    }

    synchronized void failWith(@Nullable RuntimeException failure) {
        this.failure = failure;
    }

    synchronized long limitOf(int workerId) {
        return this.entries.get(workerId).limit;
    }

    /** What a claimant with another clock could do at any time. */
    synchronized WorkerLease takeOver(int workerId, long limit) {
        return take(workerId, limit);
    }

    @Override
    public synchronized WorkerLease claim(long now, long limit) {
        fail();
        for (int workerId = 0; workerId < this.workers; workerId++) {
            Entry entry = this.entries.get(workerId);
            if (entry == null || entry.limit < now) {
                return take(workerId, limit);
            }
        }
        throw WorkerIdUnavailableException.allTaken("memory");
    }

    private WorkerLease take(int workerId, long limit) {
        Entry entry = this.entries.get(workerId);
        long found = (entry != null) ? entry.limit : 0;
        String owner = UUID.randomUUID().toString();
        this.entries.put(workerId, new Entry(owner, Math.max(found, limit)));
        return new WorkerLease(workerId, owner, found, Math.max(found, limit));
    }

    @Override
    public synchronized boolean extend(WorkerLease lease, long limit) {
        fail();
        Entry entry = this.entries.get(lease.workerId());
        if (entry == null || !entry.owner.equals(lease.owner())) {
            return false;
        }
        this.entries.put(lease.workerId(), new Entry(lease.owner(), Math.max(entry.limit, limit)));
        return true;
    }

    @Override
    public synchronized void release(WorkerLease lease, long lastTimestamp) {
        fail();
        Entry entry = this.entries.get(lease.workerId());
        if (entry != null && entry.owner.equals(lease.owner())) {
            this.entries.put(lease.workerId(), new Entry("", lastTimestamp));
        }
    }

    private void fail() {
        if (this.failure != null) {
            throw this.failure;
        }
    }

    record Entry(String owner, long limit) {
    }

}
