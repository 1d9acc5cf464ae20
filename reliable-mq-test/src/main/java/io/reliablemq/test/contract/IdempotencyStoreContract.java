package io.reliablemq.test.contract;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.reliablemq.idempotency.Claim;
import io.reliablemq.idempotency.IdempotencyStore;
import io.reliablemq.idempotency.InvalidRecordKeyException;
import io.reliablemq.idempotency.Lease;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.MessageId;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What every {@link IdempotencyStore} does. Each test uses a consumer group of its own,
 * so one store can serve all of them.
 */
public abstract class IdempotencyStoreContract {

    /** A lease that does not run out during a test. */
    protected static final Duration LONG = Duration.ofMinutes(10);

    /** A lease that a test waits for. */
    protected static final Duration SHORT = Duration.ofMillis(300);

    /** A retention that does not run out during a test. */
    protected static final Duration RETENTION = Duration.ofDays(7);

    private static final Logger logger = LoggerFactory.getLogger(IdempotencyStoreContract.class);

    private String group = "";

    /**
     * For the test class that names the store.
     */
    protected IdempotencyStoreContract() {
    }

    /**
     * The store under test.
     * @return a store, the same or another one at each call, on the same records
     */
    protected abstract IdempotencyStore store();

    /**
     * Whether old records go by {@link IdempotencyStore#purge} and not by themselves.
     * @return {@code false} for a store that expires its records itself
     */
    protected boolean purges() {
        return true;
    }

    @BeforeEach
    void useAnotherGroup() {
        this.group = "GID_" + UUID.randomUUID();
    }

    /**
     * The consumer group of the running test.
     * @return a name that no other test uses
     */
    protected String group() {
        return this.group;
    }

    /**
     * A record of the running test.
     * @param key the business key
     * @return the record's key
     */
    protected RecordKey key(String key) {
        return RecordKey.ofBusinessKey(this.group, key, null);
    }

    /**
     * Claims a record that is free.
     * @param key the record
     * @param lease the lease
     * @return the token
     */
    protected long acquire(RecordKey key, Duration lease) {
        return acquired(store().claim(key, lease));
    }

    /**
     * Expects a claim to have succeeded.
     * @param claim the answer
     * @return the token
     */
    protected static long acquired(Claim claim) {
        assertThat(claim).isInstanceOf(Claim.Acquired.class);
        long token = ((Claim.Acquired) claim).token();
        assertThat(token).isPositive();
        return token;
    }

    /** New → acquired; held → in progress for the rest of the lease; done → duplicate. */
    @Test
    protected void tellsNewFromInProgressFromDone() {
        RecordKey key = key("o-7");
        long token = acquire(key, LONG);
        assertThat(store().claim(key, LONG)).isInstanceOfSatisfying(Claim.Held.class,
                (held) -> assertThat(held.remaining()).isPositive().isLessThanOrEqualTo(LONG));
        assertThat(store().complete(key, token, RETENTION)).isTrue();
        assertThat(store().claim(key, LONG)).isEqualTo(new Claim.AlreadyDone());
    }

    /** Evicted, expired, or lost with a failover while its listener ran. */
    @Test
    protected void writesDownAnEffectWhoseRecordIsGone() {
        RecordKey key = key("gone");
        assertThat(store().complete(key, 7, RETENTION)).isTrue();
        assertThat(store().claim(key, LONG)).isEqualTo(new Claim.AlreadyDone());
        List<Lease> more = List.of(new Lease(key("gone-1"), 7), new Lease(key("gone-2"), 7));
        assertThat(store().completeAll(more, RETENTION)).isEmpty();
        assertThat(more).allMatch((lease) -> store().claim(lease.key(), LONG) instanceof Claim.AlreadyDone);
        RecordKey free = key("gone-and-free");
        assertThat(store().release(free, 7)).isTrue();
        acquire(free, LONG);
    }

    /** An id is an identity too, with the message id stored beside it. */
    @Test
    protected void remembersAMessageId() {
        RecordKey key = RecordKey.ofMessageId(this.group, Long.MIN_VALUE);
        assertThat(store().complete(key, acquire(key, LONG), RETENTION)).isTrue();
        assertThat(store().claim(RecordKey.ofMessageId(this.group, Long.MIN_VALUE), LONG))
            .isEqualTo(new Claim.AlreadyDone());
        acquire(RecordKey.ofMessageId(this.group, Long.MAX_VALUE), LONG);
    }

    /** Two senders may draw the same number, each in a space of its own. */
    @Test
    protected void tellsIdSpacesApart() {
        List<RecordKey> keys = Stream.of("a", "b", null)
            .map((space) -> RecordKey.ofMessageId(this.group, new MessageId(42, space)))
            .toList();
        long first = acquire(keys.get(0), LONG);
        assertThat(store().complete(keys.get(0), first, RETENTION)).isTrue();
        List<Claim> claims = store().claimAll(keys, LONG);
        assertThat(claims.get(0)).isEqualTo(new Claim.AlreadyDone());
        List<Lease> leases = List.of(new Lease(keys.get(1), acquired(claims.get(1))),
                new Lease(keys.get(2), acquired(claims.get(2))));
        assertThat(store().completeAll(leases, RETENTION)).isEmpty();
        assertThat(store().claimAll(keys, LONG)).allMatch(new Claim.AlreadyDone()::equals);
    }

    /** What a message was made of does not decide whose record it is. */
    @Test
    protected void knowsARecordWhateverMessageClaimsIt() {
        RecordKey key = RecordKey.ofMessageId(this.group, new MessageId(42, "a"));
        long token = acquired(store().claim(key.withOrigin(-1L), LONG));
        assertThat(store().complete(key.withOrigin(-1L), token, RETENTION)).isTrue();
        for (Long origin : Arrays.asList(-1L, 7L, null)) {
            assertThat(store().claim(key.withOrigin(origin), LONG)).isEqualTo(new Claim.AlreadyDone());
        }
    }

    /** The answer of a call can be lost, and the call repeated. */
    @Test
    protected void completesTwiceWithTheSameToken() {
        RecordKey key = key("o-7");
        long token = acquire(key, LONG);
        assertThat(store().complete(key, token, RETENTION)).isTrue();
        assertThat(store().complete(key, token, RETENTION)).isTrue();
        assertThat(store().complete(key, token + 1, RETENTION)).isFalse();
    }

    /** What is released is free at once, and its token is worthless. */
    @Test
    protected void givesAReleasedRecordToTheNextClaim() {
        RecordKey key = key("o-7");
        long first = acquire(key, LONG);
        assertThat(store().release(key, first)).isTrue();
        assertThat(store().complete(key, first, RETENTION)).isFalse();
        assertThat(store().renew(List.of(new Lease(key, first)), LONG)).containsExactly(new Lease(key, first));
        long second = acquire(key, LONG);
        assertThat(second).isGreaterThan(first);
        assertThat(store().release(key, first)).isFalse();
        assertThat(store().claim(key, LONG)).isInstanceOf(Claim.Held.class);
        assertThat(store().complete(key, second, RETENTION)).isTrue();
        assertThat(store().release(key, second)).isFalse();
        assertThat(store().claim(key, LONG)).isEqualTo(new Claim.AlreadyDone());
    }

    /** Tokens fence, so they must never repeat. */
    @Test
    protected void growsTokensAcrossReleases() {
        RecordKey key = key("o-7");
        long last = 0;
        for (int i = 0; i < 20; i++) {
            long token = acquire(key, LONG);
            assertThat(token).isGreaterThan(last);
            assertThat(store().release(key, token)).isTrue();
            last = token;
        }
    }

    /** Several records are claimed as one after the other would be. */
    @Test
    protected void claimsSeveralRecordsAtOnce() {
        RecordKey done = key("done");
        store().complete(done, acquire(done, LONG), RETENTION);
        RecordKey released = key("released");
        long token = acquire(released, LONG);
        store().release(released, token);
        acquire(key("held"), LONG);
        List<Claim> claims = store().claimAll(List.of(key("z"), done, key("held"), released, key("a")), LONG);
        acquired(claims.get(0));
        assertThat(claims.get(1)).isEqualTo(new Claim.AlreadyDone());
        assertThat(claims.get(2)).isInstanceOfSatisfying(Claim.Held.class,
                (held) -> assertThat(held.remaining()).isPositive());
        assertThat(acquired(claims.get(3))).isGreaterThan(token);
        acquired(claims.get(4));
        assertThat(store().claimAll(List.of(key("a"), key("z")), LONG)).allMatch(Claim.Held.class::isInstance);
        assertThat(store().claimAll(List.of(), LONG)).isEmpty();
    }

    /** One identity in two groups is two records, also when they are claimed at once. */
    @Test
    protected void claimsAndCompletesRecordsOfSeveralGroupsAtOnce() {
        RecordKey one = key("same");
        RecordKey other = new RecordKey(one.group() + "-other", one.identity(), one.messageId());
        RecordKey last = new RecordKey(other.group(), key("last").identity(), null);
        List<RecordKey> keys = List.of(last, other, one);
        acquired(store().claim(last, LONG));
        List<Claim> claims = store().claimAll(keys, LONG);
        assertThat(claims.get(0)).isInstanceOf(Claim.Held.class);
        Lease lease = new Lease(one, acquired(claims.get(2)));
        assertThat(store().completeAll(List.of(lease), RETENTION)).isEmpty();
        assertThat(store().claimAll(List.of(one, other), LONG).get(0)).isEqualTo(new Claim.AlreadyDone());
        assertThat(store().claim(other, LONG)).isInstanceOf(Claim.Held.class);
        assertThat(store().completeAll(List.of(lease, new Lease(other, acquired(claims.get(1)))), RETENTION)).isEmpty();
        assertThat(store().claim(other, LONG)).isEqualTo(new Claim.AlreadyDone());
    }

    /** Several claims are completed at once; what others have taken over stays theirs. */
    @Test
    protected void completesSeveralRecordsAtOnce() {
        List<RecordKey> keys = List.of(key("a"), key("b"), key("c"));
        List<Claim> claims = store().claimAll(keys, LONG);
        List<Lease> leases = IntStream.range(0, 3)
            .mapToObj((i) -> new Lease(keys.get(i), acquired(claims.get(i))))
            .toList();
        Lease lost = leases.get(1);
        store().release(lost.key(), lost.token());
        long successor = acquire(lost.key(), LONG);
        assertThat(store().completeAll(leases, RETENTION)).containsExactly(lost);
        assertThat(store().completeAll(leases, RETENTION)).containsExactly(lost);
        assertThat(store().claim(key("a"), LONG)).isEqualTo(new Claim.AlreadyDone());
        assertThat(store().claim(key("c"), LONG)).isEqualTo(new Claim.AlreadyDone());
        assertThat(store().complete(lost.key(), successor, RETENTION)).isTrue();
        assertThat(store().completeAll(List.of(), RETENTION)).isEmpty();
    }

    /** A crash between claim and completion delays a message; it does not lose it. */
    @Test
    protected void isProcessableAgainWhenACrashedOwnersLeaseIsOver() {
        RecordKey key = key("o-7");
        long crashed = acquire(key, SHORT);
        long start = System.nanoTime();
        Claim claim = Polling.until(() -> store().claim(key, LONG), (answer) -> !(answer instanceof Claim.Held));
        assertThat(acquired(claim)).isGreaterThan(crashed);
        assertThat(System.nanoTime() - start).isLessThan(Polling.PATIENCE.toNanos());
    }

    /** A slow owner must not undo what the next one does. */
    @Test
    protected void fencesOffAnOwnerThatWasTakenOver() {
        RecordKey key = key("o-7");
        long slow = acquire(key, SHORT);
        long owner = acquired(
                Polling.until(() -> store().claim(key, LONG), (answer) -> !(answer instanceof Claim.Held)));
        assertThat(store().complete(key, slow, RETENTION)).isFalse();
        assertThat(store().release(key, slow)).isFalse();
        assertThat(store().renew(List.of(new Lease(key, slow)), LONG)).containsExactly(new Lease(key, slow));
        assertThat(store().claim(key, LONG)).isInstanceOf(Claim.Held.class);
        assertThat(store().complete(key, owner, RETENTION)).isTrue();
        assertThat(store().complete(key, slow, RETENTION)).isFalse();
    }

    /** Late is not lost, as long as nobody else has begun. */
    @Test
    protected void completesALeaseThatIsOverButNotTaken() {
        RecordKey key = key("o-7");
        long token = acquire(key, Duration.ofMillis(1));
        RecordKey other = key("o-8");
        acquire(other, SHORT);
        Polling.until(() -> store().claim(other, LONG), Claim.Acquired.class::isInstance);
        assertThat(store().complete(key, token, RETENTION)).isTrue();
        assertThat(store().claim(key, LONG)).isEqualTo(new Claim.AlreadyDone());
    }

    /** A renewed lease lasts; exactly the lost ones are reported. */
    @Test
    protected void renewsWhatIsHeldAndReportsExactlyWhatIsLost() {
        Lease held = new Lease(key("held"), acquire(key("held"), SHORT));
        Lease alsoHeld = new Lease(key("also"), acquire(key("also"), SHORT));
        Lease done = new Lease(key("done"), acquire(key("done"), LONG));
        store().complete(done.key(), done.token(), RETENTION);
        Lease gone = new Lease(key("never"), 1);
        Lease stale = new Lease(key("stale"), acquire(key("stale"), LONG));
        store().release(stale.key(), stale.token());
        acquire(stale.key(), LONG);
        assertThat(store().renew(List.of(held, done, gone, stale, alsoHeld), LONG)).containsExactlyInAnyOrder(done,
                gone, stale);
        RecordKey clock = key("clock");
        acquire(clock, SHORT);
        Polling.until(() -> store().claim(clock, LONG), Claim.Acquired.class::isInstance);
        assertThat(store().claim(held.key(), LONG)).isInstanceOf(Claim.Held.class);
        assertThat(store().renew(List.of(held, alsoHeld), LONG)).isEmpty();
        assertThat(store().renew(List.of(), LONG)).isEmpty();
    }

    /** Many claims are renewed together. */
    @Test
    protected void renewsHundredsOfClaims() {
        List<Lease> leases = IntStream.range(0, 600)
            .mapToObj((i) -> new Lease(key("k" + i), acquire(key("k" + i), LONG)))
            .toList();
        Lease lost = leases.get(571);
        store().release(lost.key(), lost.token());
        assertThat(store().renew(leases, LONG)).containsExactly(lost);
    }

    /** The skipped message of a duplicate pair counts as done too. */
    @Test
    protected void remembersAnAlias() {
        RecordKey original = RecordKey.ofBusinessKey(this.group, "o-7", 1L);
        store().complete(original, acquire(original, LONG), RETENTION);
        RecordKey alias = RecordKey.ofMessageId(this.group, 2L);
        store().recordAlias(alias, original, RETENTION);
        store().recordAlias(alias, original, RETENTION);
        assertThat(store().claim(alias, LONG)).isEqualTo(new Claim.AlreadyDone());
        assertThat(store().claim(original, LONG)).isEqualTo(new Claim.AlreadyDone());
    }

    /** An alias overwrites nothing. */
    @Test
    protected void leavesARecordAloneThatAnAliasWouldReplace() {
        RecordKey alias = RecordKey.ofMessageId(this.group, 2L);
        long token = acquire(alias, LONG);
        store().recordAlias(alias, key("o-7"), RETENTION);
        assertThat(store().complete(alias, token, RETENTION)).isTrue();
    }

    /** Identities are compared byte by byte. */
    @Test
    protected void distinguishesCaseAccentsBlanksAndSymbols() {
        List<String> keys = List.of("resume", "Resume", "résumé", "re\u0301sume\u0301", "resume ", "resume  ",
                " resume", "resume\t", "straße", "strasse", "ÅNGSTRÖM", "\u212bNGSTRÖM", "😀", "😁", "💩", "?", "??",
                "ı", "i", "I", "ａ", "a", "A", "'", "\\", "\\\\", "%", "_", "a\u200b", "ss", "ß");
        keys.forEach((key) -> assertThat(store().claim(key(key), LONG)).as(key).isInstanceOf(Claim.Acquired.class));
        keys.forEach((key) -> assertThat(store().claim(key(key), LONG)).as(key).isInstanceOf(Claim.Held.class));
        Stream.of("x", "X", "x ", "é", "😀")
            .map((suffix) -> new RecordKey(this.group + suffix, "k:resume", null))
            .forEach((key) -> assertThat(store().claim(key, LONG)).as(key.group()).isInstanceOf(Claim.Acquired.class));
    }

    /** Each group has its own effect of a message. */
    @Test
    protected void keepsGroupsApart() {
        RecordKey mine = RecordKey.ofMessageId(this.group, 7);
        RecordKey theirs = RecordKey.ofMessageId(this.group + "_2", 7);
        store().complete(mine, acquire(mine, LONG), RETENTION);
        acquire(theirs, LONG);
    }

    /** 255 bytes of anything fit, and all of them count. */
    @Test
    protected void holds255BytesAndCutsNothing() {
        String prefix = this.group + "_";
        String longGroup = prefix + "g".repeat(RecordKey.MAX_BYTES - prefix.length());
        for (String longest : List.of("x".repeat(255), "é".repeat(127) + "x", "漢".repeat(85),
                "😀".repeat(63) + "xyz")) {
            RecordKey key = new RecordKey(longGroup, longest, null);
            String shorter = longest.substring(0, longest.length() - 1);
            acquire(key, LONG);
            acquire(new RecordKey(longGroup, Character.isSurrogate(longest.charAt(longest.length() - 1))
                    ? longest.substring(0, longest.length() - 2) : shorter, null), LONG);
            assertThat(store().claim(key, LONG)).isInstanceOf(Claim.Held.class);
        }
        assertThatExceptionOfType(InvalidRecordKeyException.class)
            .isThrownBy(() -> new RecordKey(this.group, "é".repeat(128), null));
    }

    /** Purging forgets what is old, nothing else. */
    @Test
    protected void purgesOldRecordsButNoLiveClaim() {
        RecordKey done = key("done");
        store().complete(done, acquire(done, LONG), RETENTION);
        RecordKey released = key("released");
        store().release(released, acquire(released, LONG));
        RecordKey live = key("live");
        long token = acquire(live, LONG);
        RecordKey otherGroup = new RecordKey(this.group + "_2", "k:done", null);
        store().complete(otherGroup, acquire(otherGroup, LONG), RETENTION);
        assertThat(store().purge(this.group, RETENTION, 100)).isZero();
        assertThat(store().claim(done, LONG)).isEqualTo(new Claim.AlreadyDone());
        if (purges()) {
            Polling.until(() -> store().purge(this.group, SHORT, 1), (purged) -> purged == 1);
            Polling.until(() -> store().purge(this.group, SHORT, 1), (purged) -> purged == 1);
            assertThat(store().purge(this.group, SHORT, 100)).isZero();
            acquire(done, LONG);
            acquire(released, LONG);
        }
        assertThat(store().claim(live, LONG)).isInstanceOf(Claim.Held.class);
        assertThat(store().complete(live, token, RETENTION)).isTrue();
        assertThat(store().claim(otherGroup, LONG)).isEqualTo(new Claim.AlreadyDone());
    }

    /** Age is counted from the completion, however long ago the claim was. */
    @Test
    protected void remembersFromTheCompletionOn() {
        RecordKey key = key("slow");
        long token = acquire(key, LONG);
        RecordKey clock = key("clock");
        acquire(clock, SHORT);
        Polling.until(() -> store().claim(clock, LONG), Claim.Acquired.class::isInstance);
        store().complete(key, token, RETENTION);
        long completed = System.nanoTime();
        int purged = store().purge(this.group, SHORT, 100);
        if (System.nanoTime() - completed < SHORT.toNanos()) {
            assertThat(purged).isZero();
        }
    }

    /** One of many that claim at the same moment gets it. */
    @Test
    protected void letsOneOfManyIn() throws Exception {
        for (int round = 0; round < 10; round++) {
            RecordKey key = key("round-" + round);
            List<Claim> answers = Concurrently.run(8, (thread) -> store().claim(key, LONG));
            assertThat(answers).filteredOn(Claim.Acquired.class::isInstance).hasSize(1);
            assertThat(answers).filteredOn(Claim.Held.class::isInstance).hasSize(7);
        }
    }

    /** One of many that find a lease run out takes it over. */
    @Test
    protected void letsOneOfManyTakeOver() throws Exception {
        for (int round = 0; round < 5; round++) {
            RecordKey key = key("round-" + round);
            store().release(key, acquire(key, LONG));
            List<Claim> answers = Concurrently.run(8, (thread) -> store().claim(key, LONG));
            assertThat(answers).filteredOn(Claim.Acquired.class::isInstance).hasSize(1);
        }
    }

    /**
     * Threads claim, complete, release and crash at random: there is never more than one
     * live owner, never more than one completion, and nothing is lost in the end.
     */
    @Test
    protected void hasOneLiveOwnerAndOneCompletionWhateverHappens() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        logger.info("Seed of the claims: {}", seed);
        int keys = 12;
        Duration lease = Duration.ofMillis(200);
        List<ClaimHistory> histories = Stream.generate(ClaimHistory::new).limit(keys).toList();
        Concurrently.run(6, (thread) -> {
            Random random = new Random(seed + thread);
            for (int i = 0; i < 80; i++) {
                int number = random.nextInt(keys);
                step(key("k" + number), histories.get(number), lease, random.nextInt(10));
            }
            return true;
        });
        for (int i = 0; i < keys; i++) {
            RecordKey key = key("k" + i);
            ClaimHistory history = histories.get(i);
            Polling.until(() -> {
                step(key, history, lease, 0);
                return history.completions();
            }, (completions) -> completions > 0);
            history.check("seed " + seed + ", record " + i);
        }
    }

    private void step(RecordKey key, ClaimHistory history, Duration lease, int what) {
        long calledAt = System.nanoTime();
        if (store().claim(key, lease) instanceof Claim.Acquired acquired) {
            ClaimHistory.Owned owned = history.add(acquired.token(), calledAt, System.nanoTime(), lease.toNanos());
            switch (what) {
                case 0 -> {
                    if (store().complete(key, owned.token, RETENTION)) {
                        owned.completed();
                    }
                }
                case 1, 2, 3, 4 -> {
                    owned.releasing();
                    store().release(key, owned.token);
                }
                default -> {
                    // Crashed.
                }
            }
        }
    }

}
