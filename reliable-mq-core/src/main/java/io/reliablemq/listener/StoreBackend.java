package io.reliablemq.listener;

import javax.sql.DataSource;

import io.reliablemq.Internal;
import io.reliablemq.idempotency.IdempotencyStore;
import io.reliablemq.idempotency.IdempotencyStoreType;
import io.reliablemq.idempotency.LeaseKeeper;
import io.reliablemq.retry.AttemptStore;
import org.jspecify.annotations.Nullable;

/**
 * One place where a listener's state can be kept.
 *
 * @param type how listeners name it
 * @param store records of effects
 * @param attempts failed deliveries
 * @param leases renews claims on the store
 * @param dataSource the store's DataSource; {@code null} if it is not a database
 * @param check looks, once a listener uses it, whether the server is set up safely
 */
@Internal
public record StoreBackend(IdempotencyStoreType type, IdempotencyStore store, AttemptStore attempts, LeaseKeeper leases,
        @Nullable DataSource dataSource, Runnable check) implements AutoCloseable {

    /** Stops renewing claims. */
    @Override
    public void close() {
        this.leases.close();
    }

}
