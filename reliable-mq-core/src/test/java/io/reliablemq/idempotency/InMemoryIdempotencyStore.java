package io.reliablemq.idempotency;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * Keeps records in memory by a clock of its own, and fails where a test wants it to.
 */
public final class InMemoryIdempotencyStore implements TransactionalIdempotencyStore {

    private final Map<String, Row> rows = new HashMap<>();

    private final Map<Operation, Throwable> failures = new EnumMap<>(Operation.class);

    private final Map<Operation, Integer> calls = new EnumMap<>(Operation.class);

    private final Set<Operation> interruptible = EnumSet.noneOf(Operation.class);

    private final Map<String, String> aliases = new HashMap<>();

    private final Clock clock;

    private long tokens;

    private CountDownLatch renewals = new CountDownLatch(0);

    public InMemoryIdempotencyStore(Clock clock) {
        this.clock = clock;
    }

    @Override
    public synchronized Claim claim(RecordKey key, Duration lease) {
        called(Operation.CLAIM);
        Row row = this.rows.get(name(key));
        if (row != null && row.done()) {
            return new Claim.AlreadyDone();
        }
        if (row != null && row.until().isAfter(this.clock.instant())) {
            return new Claim.Held(Duration.between(this.clock.instant(), row.until()));
        }
        this.rows.put(name(key), new Row(++this.tokens, this.clock.instant().plus(lease), false));
        return new Claim.Acquired(this.tokens);
    }

    @Override
    public synchronized Claim claimInTransaction(RecordKey key) {
        called(Operation.CLAIM);
        Row row = this.rows.get(name(key));
        if (row != null && !row.done() && row.until().isAfter(this.clock.instant())) {
            return new Claim.Held(Duration.ZERO);
        }
        return (row != null && row.done()) ? new Claim.AlreadyDone() : new Claim.Acquired(++this.tokens);
    }

    @Override
    public boolean rollsBackByItself() {
        return false;
    }

    @Override
    public boolean releaseInTransaction(List<Lease> released, List<Lease> kept) {
        return true;
    }

    @Override
    public boolean endsTransaction(Throwable failure) {
        return false;
    }

    @Override
    public synchronized boolean complete(RecordKey key, long token, Duration retention) {
        called(Operation.COMPLETE);
        return change(key, token, new Row(token, Instant.MAX, true));
    }

    @Override
    public synchronized boolean release(RecordKey key, long token) {
        called(Operation.RELEASE);
        return change(key, token, new Row(token, Instant.MIN, false));
    }

    @Override
    public synchronized List<Lease> renew(Collection<Lease> leases, Duration lease) {
        called(Operation.RENEW);
        List<Lease> gone = new ArrayList<>();
        for (Lease each : leases) {
            if (!change(each.key(), each.token(), new Row(each.token(), this.clock.instant().plus(lease), false))) {
                gone.add(each);
            }
        }
        this.renewals.countDown();
        return gone;
    }

    @Override
    public synchronized void recordAlias(RecordKey alias, RecordKey original, Duration retention) {
        called(Operation.ALIAS);
        this.aliases.put(alias.identity(), original.identity());
    }

    @Override
    public int purge(String group, Duration retention, int limit) {
        return 0;
    }

    private boolean change(RecordKey key, long token, Row changed) {
        Row row = this.rows.get(name(key));
        return row != null && !row.done() && row.token() == token && this.rows.put(name(key), changed) != null;
    }

    private void called(Operation operation) {
        this.calls.merge(operation, 1, Integer::sum);
        if (this.interruptible.contains(operation) && Thread.currentThread().isInterrupted()) {
            throw new IdempotencyStoreException("interrupted", new InterruptedException());
        }
        Throwable failure = this.failures.get(operation);
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            throw (RuntimeException) failure;
        }
    }

    /** With an error or an unchecked exception. */
    public synchronized void fail(Operation operation, Throwable failure) {
        this.failures.put(operation, failure);
    }

    public void fail(Operation operation) {
        fail(operation, new IdempotencyStoreException("The store is away", new IllegalStateException()));
    }

    public synchronized void refuseInterruptedThreads(Operation operation) {
        this.interruptible.add(operation);
    }

    public synchronized int calls(Operation operation) {
        return this.calls.getOrDefault(operation, 0);
    }

    public synchronized Map<String, String> aliases() {
        return Map.copyOf(this.aliases);
    }

    public synchronized boolean isDone(RecordKey key) {
        Row row = this.rows.get(name(key));
        return row != null && row.done();
    }

    public synchronized void markDone(RecordKey key) {
        this.rows.put(name(key), new Row(++this.tokens, Instant.MAX, true));
    }

    /** As if another instance had claimed the record after the lease ran out. */
    public synchronized void takeOver(RecordKey key, Duration lease) {
        this.rows.put(name(key), new Row(++this.tokens, this.clock.instant().plus(lease), false));
    }

    /** Counted down by every renewal from now on. */
    public synchronized CountDownLatch expectRenewals(int count) {
        this.renewals = new CountDownLatch(count);
        return this.renewals;
    }

    private static String name(RecordKey key) {
        return key.group() + '\n' + key.identity();
    }

    /** What can be made to fail. */
    public enum Operation {

        CLAIM, COMPLETE, RELEASE, RENEW, ALIAS

    }

    private record Row(long token, Instant until, boolean done) {
    }

}
