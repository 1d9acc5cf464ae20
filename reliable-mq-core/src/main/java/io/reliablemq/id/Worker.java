package io.reliablemq.id;

/**
 * A source of the worker id in use and of the time limit of its use.
 */
interface Worker {

    ActiveWorkerLease seat();

    /**
     * Waits until there is another seat, or this one's limit has reached the timestamp.
     */
    void awaitBeyondLimit(ActiveWorkerLease seat, long timestamp);

    /**
     * No id is drawn any more.
     */
    void close(long lastTimestamp);

}
