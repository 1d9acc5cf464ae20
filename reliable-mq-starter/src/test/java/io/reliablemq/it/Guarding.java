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

    /** The effects are in PostgreSQL. */
    LEASE_DEFERRED_ON_REDIS("lease", "redis", TestDatabase::postgres),

    LEASE_ON_POSTGRESQL("lease", "jdbc", TestDatabase::postgres),

    LEASE_ON_MARIADB("lease", "jdbc", TestDatabase::mariaDb),

    /** The effects are in PostgreSQL. */
    LEASE_ON_REDIS("lease", "redis", TestDatabase::postgres);

    /** Most that wait for completion in a process whose store answers. */
    private static final int DEFERRED = 512;

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
     * Messages that go together. {@code -Dreliable-mq.test.batch=32} puts the guarded
     * listeners of a {@link Scenario} in batches, as the build does a second time with
     * some of the tests. Listeners that cannot have batches refuse to start then:
     * asynchronous ones, those on virtual threads, and those that nothing guards.
     */
    int batch() {
        return name().contains("IN_BATCHES") ? 32 : Integer.getInteger("reliable-mq.test.batch", 1);
    }

    /** Effects of one process whose records are not done at any moment. */
    int unfinished(int threads) {
        return threads * batch() + (isDeferred() ? DEFERRED : 0);
    }

    private boolean isDeferred() {
        return name().contains("DEFERRED");
    }

    TestDatabase createDatabase() {
        return this.database.get();
    }

    Map<String, String> properties() {
        return Map.of("reliable-mq.idempotency.mode", this.mode, "reliable-mq.idempotency.store", this.store,
                "reliable-mq.idempotency.deferred-completion", String.valueOf(isDeferred()));
    }

}
