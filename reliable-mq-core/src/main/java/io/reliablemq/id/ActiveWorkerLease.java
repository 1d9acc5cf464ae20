package io.reliablemq.id;

/**
 * The worker id in use, with the open interval of timestamps that may be drawn with it.
 */
final class ActiveWorkerLease {

    private final WorkerLease lease;

    private volatile long limit;

    ActiveWorkerLease(WorkerLease lease) {
        this.lease = lease;
        this.limit = lease.limit();
    }

    int workerId() {
        return this.lease.workerId();
    }

    /** Timestamps must be greater. */
    long floor() {
        return this.lease.previousLimit();
    }

    /** Timestamps must not be greater. */
    long limit() {
        return this.limit;
    }

    WorkerLease lease() {
        return this.lease;
    }

    /** Only after the new limit has been persisted. */
    void raiseLimit(long limit) {
        this.limit = limit;
    }

    void revoke() {
        this.limit = Long.MIN_VALUE;
    }

}
