package io.reliablemq.idempotency;

/**
 * A claim that is being held.
 *
 * @param key the record
 * @param token the fencing token that the store gave out for it
 */
public record Lease(RecordKey key, long token) {
}
