package io.reliablemq.idempotency;

/**
 * A store that can write its record in the same local transaction as the listener's own
 * changes, so that both happen or neither does.
 */
public interface TransactionalIdempotencyStore extends IdempotencyStore {

    /**
     * Inserts the record, already DONE, in the caller's transaction: exactly one
     * statement when the message is new. Waits for a concurrent transaction on the same
     * record up to the store's lock wait.
     * <p>
     * After {@link Claim.AlreadyDone} nothing was written and the transaction can go on;
     * after {@link Claim.Held} the caller rolls back, since it may be unusable. A record
     * left PROCESSING by a lease that has run out is taken over in this transaction; one
     * whose lease is live answers {@link Claim.Held}. Lock timeout, deadlock and
     * serialization failure answer {@link Claim.Held} with zero remaining time.
     * @param key the record
     * @return what became of it; the token of {@link Claim.Acquired} is positive
     * @throws IllegalStateException if no transaction is active on the store's DataSource
     * @throws IdempotencyStoreException if the store cannot answer
     */
    Claim claimInTransaction(RecordKey key);

}
