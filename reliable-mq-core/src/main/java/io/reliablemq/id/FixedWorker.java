package io.reliablemq.id;

/**
 * A worker id from the configuration: no lease, no limit.
 */
final class FixedWorker implements Worker {

    private final ActiveWorkerLease seat;

    FixedWorker(int workerId) {
        this.seat = new ActiveWorkerLease(new WorkerLease(workerId, "", 0, Long.MAX_VALUE));
    }

    @Override
    public ActiveWorkerLease seat() {
        return this.seat;
    }

    @Override
    public void awaitBeyondLimit(ActiveWorkerLease seat, long timestamp) {
        throw new IllegalStateException("A fixed worker id has no limit.");
    }

    @Override
    public void close(long lastTimestamp) {
    }

}
