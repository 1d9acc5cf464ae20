package io.reliablemq.reconcile;

/**
 * Where a message is stored.
 *
 * @param broker name of the broker
 * @param queueId the queue
 * @param offset position in the queue
 */
public record QueuePosition(String broker, int queueId, long offset) {
}
