package io.reliablemq.it;

import java.util.Map;
import java.util.function.Supplier;

/**
 * The combinations of mode and store that are tested.
 */
enum Guarding {

    TRANSACTIONAL_ON_POSTGRESQL("transactional", "jdbc", TestDatabase::postgres),

    TRANSACTIONAL_ON_MARIADB("transactional", "jdbc", TestDatabase::mariaDb),

    TRANSACTIONAL_IN_BATCHES("transactional", "jdbc", TestDatabase::postgres),

    TRANSACTIONAL_IN_BATCHES_ON_MARIADB("transactional", "jdbc", TestDatabase::mariaDb),

    /** The effects are in PostgreSQL. */
    LEASE_IN_BATCHES_ON_REDIS("lease", "redis", TestDatabase::postgres),

    LEASE_ON_POSTGRESQL("lease", "jdbc", TestDatabase::postgres),

    LEASE_ON_MARIADB("lease", "jdbc", TestDatabase::mariaDb),

    /** The effects are in PostgreSQL. */
    LEASE_ON_REDIS("lease", "redis", TestDatabase::postgres);

    private final String mode;

    private final String store;

    private final Supplier<TestDatabase> database;

    Guarding(String mode, String store, Supplier<TestDatabase> database) {
        this.mode = mode;
        this.store = store;
        this.database = database;
    }

    boolean isTransactional() {
        return "transactional".equals(this.mode);
    }

    boolean isOnRedis() {
        return "redis".equals(this.store);
    }

    /**
     * Messages that go together; {@code -Dreliable-mq.test.batch=32} puts all tests in
     * batches.
     */
    int batch() {
        return name().contains("IN_BATCHES") ? 32 : Integer.getInteger("reliable-mq.test.batch", 1);
    }

    TestDatabase createDatabase() {
        return this.database.get();
    }

    Map<String, String> properties() {
        return Map.of("reliable-mq.idempotency.mode", this.mode, "reliable-mq.idempotency.store", this.store);
    }

}
