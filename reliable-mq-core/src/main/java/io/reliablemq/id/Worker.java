package io.reliablemq.id;

/**
 * Says which worker id may be used up to when.
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
