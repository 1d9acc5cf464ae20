package io.reliablemq.idempotency;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

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

    /**
     * Inserts several records of one group, already DONE, in the caller's transaction:
     * one statement when all of them are new. Always in the same order, whatever that of
     * the keys, so that two instances with the same messages do not lock each other out.
     * <p>
     * As {@link #claimInTransaction} for each of them; if one of the answers is
     * {@link Claim.Held}, the caller rolls back.
     * @param keys the records, each of them once
     * @return the answers, in the order of the keys
     * @throws IllegalStateException if no transaction is active on the store's DataSource
     * @throws IdempotencyStoreException if the store cannot answer
     */
    default List<Claim> claimAllInTransaction(List<RecordKey> keys) {
        Map<RecordKey, Claim> claims = new HashMap<>();
        boolean usable = true;
        for (RecordKey key : keys.stream().sorted(Comparator.comparing(RecordKey::identity)).toList()) {
            Claim claim = usable ? claimInTransaction(key) : new Claim.Held(Duration.ZERO);
            usable = usable && !(claim instanceof Claim.Held);
            claims.put(key, claim);
        }
        return keys.stream().map((key) -> Objects.requireNonNull(claims.get(key))).toList();
    }

    /**
     * Removes records that the caller's transaction has acquired, since what was done for
     * them was rolled back to a savepoint, and looks whether all are there: they are not
     * if the database has rolled the transaction back by itself and begun another, as
     * MariaDB, MySQL and H2 do after a deadlock. One that was taken over from a lease
     * that had run out goes too.
     * @param released the records to remove, of one group
     * @param kept those that are to be committed, of the same group
     * @return {@code false} if one is missing, or is not this transaction's: the caller
     * rolls back
     * @throws IllegalStateException if no transaction is active on the store's DataSource
     * @throws IdempotencyStoreException if the store cannot answer
     */
    boolean releaseInTransaction(List<Lease> released, List<Lease> kept);

    /**
     * Whether the database may roll a transaction back by itself and begin another one
     * with the next statement, as MariaDB, MySQL and H2 do after a deadlock. A listener
     * that hides such a failure would have the others' messages acknowledged without
     * their effects.
     * @return {@code false} if a transaction in which a statement has failed cannot be
     * committed
     */
    boolean rollsBackByItself();

    /**
     * Whether a failure concerns the transaction in which it happened as a whole, so that
     * it cannot go on from a savepoint: a deadlock, a serialization failure, a lock
     * timeout, a statement or transaction that took too long. Looks at the causes, too.
     * @param failure what somebody's work in a transaction on the store's DataSource
     * threw
     * @return {@code true} if the transaction is to be rolled back as a whole
     */
    boolean endsTransaction(Throwable failure);

}
