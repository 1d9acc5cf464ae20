package io.reliablemq.reconcile;

/**
 * The broker, queue and offset of a stored message.
 *
 * @param broker name of the broker
 * @param queueId the queue
 * @param offset position in the queue
 */
public record QueuePosition(String broker, int queueId, long offset) {
}
