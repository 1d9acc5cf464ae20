package io.reliablemq.idempotency;

import java.time.Duration;
import java.util.Collection;
import java.util.List;

/**
 * Remembers which messages had their effect. One record per {@link RecordKey} (the
 * message id is stored with it but is no part of its identity), compared byte by byte:
 * case, accents and trailing blanks distinguish.
 * <p>
 * A record goes from nothing to PROCESSING (token, lease) to DONE. The store's own clock
 * decides whether a lease has run out, never the node's. No method joins the caller's
 * transaction; each is atomic and one round trip where the answer is the common one
 * (claimed; completed). Every method throws {@link IdempotencyStoreException} when the
 * store cannot answer; then nothing is known about the record.
 */
public interface IdempotencyStore {

    /**
     * Claims a record: creates it, or takes it over when its lease has run out or it was
     * released.
     * @param key the record
     * @param lease how long the claim lasts, counted from the store's now; at least 1 ms
     * @return {@link Claim.Acquired} with a token greater than all earlier ones of this
     * record, {@link Claim.AlreadyDone}, or {@link Claim.Held} with the remaining time
     */
    Claim claim(RecordKey key, Duration lease);

    /**
     * Claims several records of one group: one round trip where all of them are new. If
     * it throws, some of them may be claimed; those claims run out.
     * @param keys the records, each of them once
     * @param lease as for {@link #claim}
     * @return the answers, in the order of the keys
     */
    default List<Claim> claimAll(List<RecordKey> keys, Duration lease) {
        return keys.stream().map((key) -> claim(key, lease)).toList();
    }

    /**
     * Marks a record as done, if the token still owns it. A lease that has run out but
     * was not taken over still owns it. A record that is gone (evicted, expired, lost
     * with a failover) and that nobody has claimed since is written anew.
     * @param key the record
     * @param token the token from the claim
     * @param retention how long the record must be remembered at least
     * @return {@code false} if another claim has taken the record over: nothing was
     * changed
     */
    boolean complete(RecordKey key, long token, Duration retention);

    /**
     * Marks several records as done, each if its token still owns it: one round trip
     * where all do. If it throws, some of them may be done; repeating it does no harm.
     * @param leases claims of this instance
     * @param retention how long the records must be remembered at least
     * @return those that another claim has taken over
     */
    default List<Lease> completeAll(List<Lease> leases, Duration retention) {
        return leases.stream().filter((lease) -> !complete(lease.key(), lease.token(), retention)).toList();
    }

    /**
     * Gives a claim back after a failure, so that the next delivery need not wait for the
     * lease. The record stays (with its token), so that tokens keep growing.
     * @param key the record
     * @param token the token from the claim
     * @return {@code false} if another claim has taken the record over: nothing was
     * changed
     */
    boolean release(RecordKey key, long token);

    /**
     * Renews claims: one statement (one pipelined call) for all of them, on a connection
     * that no listener can exhaust.
     * @param leases claims of this instance
     * @param lease the new remaining time, counted from the store's now
     * @return those that this instance has lost to another claim (or whose record is done
     * or gone); all others now last for {@code lease}
     */
    List<Lease> renew(Collection<Lease> leases, Duration lease);

    /**
     * Records that a message was skipped as the duplicate of another one that has a
     * different message id, so that a comparison of sent and consumed finds it done.
     * Overwrites nothing; a record that exists already is left alone.
     * @param alias the key made of the skipped message's own id
     * @param original the record that it duplicates
     * @param retention how long to remember it at least
     */
    void recordAlias(RecordKey alias, RecordKey original, Duration retention);

    /**
     * Deletes records of a group that are older than the retention, in one small batch.
     * Live claims are never deleted. Stores that expire records themselves return 0.
     * @param group consumer group
     * @param retention age from which records may go, by the store's clock
     * @param limit most records to delete in this call
     * @return the number of deleted records; call again while it equals {@code limit}
     */
    int purge(String group, Duration retention, int limit);

}
