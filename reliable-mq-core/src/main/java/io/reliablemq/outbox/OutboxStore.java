package io.reliablemq.outbox;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Where messages wait until they are sent. A claim belongs to one instance and ends by
 * itself when its lease runs out, by the store's time; whoever claims a message after
 * that raises its epoch, and from then on the earlier claim can write nothing. All
 * methods may throw {@link OutboxStoreException} and are called by many threads.
 */
public interface OutboxStore {

    /**
     * Whether the calling thread is in a transaction that what is added now can become
     * part of: it is on the store's own DataSource and may write.
     * @return {@code true} if {@link #addInTransaction} can be called
     */
    boolean joinsTransaction();

    /**
     * Tells the transaction that what is added now becomes part of, while other managers'
     * transactions may be current. One that has ended may still be told, as long as
     * callbacks run.
     * @return what it is known by, the same object until it ends and no other's;
     * {@code null} if there is none. By default the store itself where it
     * {@linkplain #joinsTransaction() joins}, so that only the transaction that is
     * current is told
     */
    default @Nullable Object transaction() {
        return joinsTransaction() ? this : null;
    }

    /**
     * Marks the transaction that what is added now becomes part of, where a database can
     * roll it back by itself and go on with another one under the same connection. Going
     * back to an earlier savepoint takes the mark away.
     * @return the mark; {@code null} if none is needed, as by default
     */
    default @Nullable Object markTransaction() {
        return null;
    }

    /**
     * Checks that the transaction is still the one that was marked.
     * @param mark what {@link #markTransaction()} has returned in it
     * @throws RuntimeException if it is not, or may not be: what was done before must not
     * be taken for done, so the transaction must be rolled back
     */
    default void requireMarkedTransaction(Object mark) {
        throw new UnsupportedOperationException("This store marks no transactions");
    }

    /**
     * Writes something to the transaction that what is added now becomes part of.
     * @return what it is known by; {@code null} if a failed statement keeps the
     * transaction from taking any other until it goes back to a savepoint
     * @throws RuntimeException if nothing can be written there for any other reason. What
     * becomes of a rollback to a savepoint is unknown then, and the transaction is not
     * committed
     */
    default @Nullable Object writeProbe() {
        throw new UnsupportedOperationException("This store writes no probes");
    }

    /**
     * Takes back what was written.
     * @param probe what it is known by
     * @return {@code false} if it is not there any more: the transaction has gone back to
     * a savepoint that was set before
     * @throws RuntimeException if that cannot be told; then the transaction is not
     * committed
     */
    default boolean takeProbe(Object probe) {
        throw new UnsupportedOperationException("This store writes no probes");
    }

    /**
     * Stores messages as part of the caller's transaction. Messages with an ordering key
     * get rising numbers per key; transactions that add to one key wait for each other
     * until they end, so that numbers follow the order of commits.
     * @param messages the messages; in this order per key
     * @return those that are claimed, to be sent after the commit
     */
    List<OutboxEntry> addInTransaction(List<OutboxMessage> messages);

    /**
     * Stores messages in a transaction of its own, all of them or none.
     * @param messages the messages; in this order per key
     * @return those that are claimed
     * @throws OutboxStoreException if they are not stored, or may be: see
     * {@link OutboxStoreException#isUncertain()}
     * @throws RuntimeException of any other kind if they are certainly not stored
     */
    List<OutboxEntry> add(List<OutboxMessage> messages);

    /**
     * Claims messages without an ordering key that are due, oldest first. Those that
     * others are claiming at this moment are passed over.
     * @param limit most messages
     * @param scope what may be claimed
     * @return the claimed messages
     */
    List<OutboxEntry> claim(int limit, OutboxScope scope);

    /**
     * Finds ordering keys with messages that may be due.
     * @param limit most messages to look at
     * @param scope what may be claimed
     * @return the keys, each once
     */
    List<OrderingKey> dueKeys(int limit, OutboxScope scope);

    /**
     * Claims the first messages of a key, unless the very first is claimed by somebody or
     * not due: then none. While it is claimed, nobody gets any message of the key.
     * @param key the key
     * @param limit most messages
     * @param goOn whether the caller has just sent the messages before these: then they
     * are due, unless somebody has claimed them
     * @return the claimed messages, in order
     */
    List<OutboxEntry> claimKey(OrderingKey key, int limit, boolean goOn);

    /**
     * Writes what came of claims, all in one transaction.
     * @param outcomes the outcomes
     * @return how many were refused because the claim was no longer valid; a store that
     * cannot tell says 0
     */
    int settle(Collection<OutboxOutcome> outcomes);

    /**
     * Counts what is not sent.
     * @return the numbers
     */
    OutboxStatistics statistics();

    /**
     * Counts messages that nobody sends: due for some time, and for none of these
     * clusters.
     * @param clusters names of clusters
     * @param since how long they have been due
     * @return the numbers by cluster; a store that cannot tell says nothing
     */
    default Map<String, Long> waitingElsewhere(Set<String> clusters, Duration since) {
        return Map.of();
    }

    /**
     * Lists parked messages, oldest first.
     * @param limit most of them
     * @return the messages
     */
    List<ParkedMessage> parked(int limit);

    /**
     * Lets a parked message be sent again.
     * @param rowId number of its row
     * @return {@code false} if no such message is parked
     */
    boolean release(long rowId);

    /**
     * Gives a parked message up.
     * @param rowId number of its row
     * @param reason why
     * @return {@code false} if no such message is parked
     */
    boolean discard(long rowId, String reason);

    /**
     * Deletes messages that were sent or discarded, and counters of keys without
     * messages.
     * @param retention how long messages are kept after they were sent (once more) or
     * discarded, and after they became due; not after they were stored
     * @param limit most rows of each kind
     * @return how many rows were deleted; fewer than the limit: there are no more
     */
    int purge(Duration retention, int limit);

}
