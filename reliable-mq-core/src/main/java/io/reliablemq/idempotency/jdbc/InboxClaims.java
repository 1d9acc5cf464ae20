package io.reliablemq.idempotency.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;

import io.reliablemq.idempotency.Claim;
import io.reliablemq.idempotency.IdentityClashes;
import io.reliablemq.idempotency.RecordKey;

/**
 * Claims records on the caller's connection: inserts them, or takes over those whose
 * lease has expired.
 */
final class InboxClaims {

    private static final int ROUNDS = 5;

    private final Inbox inbox;

    private final InboxBatches batches;

    private final Clock clock;

    private final IdentityClashes clashes;

    InboxClaims(Inbox inbox, InboxBatches batches, Clock clock, IdentityClashes clashes) {
        this.clashes = clashes;
        this.inbox = inbox;
        this.batches = batches;
        this.clock = clock;
    }

    Claim claim(Connection connection, RecordKey key, InboxStatus status, long leaseMillis, int wait)
            throws SQLException {
        for (int i = 0; i < ROUNDS; i++) {
            long token = firstToken();
            if (this.inbox.insert(connection, key, new InboxRow(status, token, leaseMillis, 0), null, wait)) {
                return new Claim.Acquired(token);
            }
            InboxRow seen = this.inbox.read(connection, key, wait);
            if (seen == null) {
                continue;
            }
            if (!seen.isProcessing()) {
                this.clashes.check(key, seen.origin());
                return new Claim.AlreadyDone();
            }
            if (seen.isLive()) {
                return new Claim.Held(seen.remaining());
            }
            long next = seen.nextToken(token);
            if (this.inbox.takeOver(connection, key, seen, next, status, leaseMillis, wait)) {
                return new Claim.Acquired(next);
            }
        }
        return new Claim.Held(Duration.ZERO);
    }

    /** In the order of groups and identities, so that nobody waits in a circle. */
    List<Claim> claimAll(Connection connection, List<RecordKey> keys, InboxStatus status, long leaseMillis, int wait)
            throws SQLException {
        Map<String, List<RecordKey>> byGroup = new TreeMap<>();
        keys.stream()
            .sorted(Comparator.comparing(RecordKey::identity))
            .forEach((key) -> byGroup.computeIfAbsent(key.group(), (group) -> new ArrayList<>()).add(key));
        InboxRow row = new InboxRow(status, firstToken(), leaseMillis, 0);
        Map<RecordKey, Claim> claims = new HashMap<>();
        for (List<RecordKey> sorted : byGroup.values()) {
            Set<String> inserted = this.batches.insert(connection, sorted, row, wait);
            for (RecordKey key : sorted) {
                claims.put(key, inserted.contains(key.identity()) ? new Claim.Acquired(row.token())
                        : claim(connection, key, status, leaseMillis, wait));
            }
        }
        return keys.stream().map((key) -> Objects.requireNonNull(claims.get(key))).toList();
    }

    /**
     * The node's time in nanoseconds, of which those below the millisecond are drawn: no
     * two claims of a record have one token, so that it proves whose claim a record is.
     */
    long firstToken() {
        return Math.max(1, this.clock.millis()) * InboxRow.DRAWN + ThreadLocalRandom.current().nextLong(InboxRow.DRAWN);
    }

}
