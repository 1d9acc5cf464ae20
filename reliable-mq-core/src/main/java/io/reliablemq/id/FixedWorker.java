package io.reliablemq.id;

/**
 * A worker id from the configuration: no lease, no limit.
 */
final class FixedWorker implements Worker {

    private final WorkerSeat seat;

    FixedWorker(int workerId) {
        this.seat = new WorkerSeat(new WorkerLease(workerId, "", 0, Long.MAX_VALUE));
    }

    @Override
    public WorkerSeat seat() {
        return this.seat;
    }

    @Override
    public void awaitBeyondLimit(WorkerSeat seat, long timestamp) {
        throw new IllegalStateException("A fixed worker id has no limit.");
    }

    @Override
    public void close(long lastTimestamp) {
    }

}
