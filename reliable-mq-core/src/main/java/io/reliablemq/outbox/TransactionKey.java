package io.reliablemq.outbox;

import org.jspecify.annotations.Nullable;

/**
 * The key of what is bound to the thread for a transaction, even while others are
 * current. Both parts are compared by identity.
 *
 * @param id what the store knows the transaction by
 * @param owner whose it is
 */
record TransactionKey(Object id, Object owner) {

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TransactionKey key && key.id == this.id && key.owner == this.owner;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this.id);
    }

}
