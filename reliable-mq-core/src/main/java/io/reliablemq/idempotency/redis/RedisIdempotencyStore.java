package io.reliablemq.idempotency.redis;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.reliablemq.idempotency.Claim;
import io.reliablemq.idempotency.IdempotencyStore;
import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.IdentityClashes;
import io.reliablemq.idempotency.Lease;
import io.reliablemq.idempotency.ParkableRecords;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.idempotency.RecordState;
import io.reliablemq.message.MessageId;
import io.reliablemq.redis.EvictionPolicy;
import io.reliablemq.redis.LuaScript;
import io.reliablemq.redis.RecordKeys;
import io.reliablemq.redis.RedisPipeline;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.RedisStringCommands.SetOption;
import org.springframework.data.redis.core.types.Expiration;

/**
 * Keeps the records in Redis 5 or later, standalone or cluster; each is one key and each
 * method one command or script on it. Redis time decides about leases; keys expire by
 * themselves.
 * <p>
 * Redis acknowledges before its replicas have the write: a failover can lose records, and
 * then a message can be processed twice. The eviction policy must be {@code noeviction}.
 */
public final class RedisIdempotencyStore implements IdempotencyStore, ParkableRecords {

    private static final Logger logger = LoggerFactory.getLogger(RedisIdempotencyStore.class);

    private static final String NONE = "-";

    private static final char ORIGIN = '~';

    private static final String MEMORY = String.valueOf(RecordScripts.MEMORY);

    private final RedisConnectionFactory connections;

    private final RecordKeys keys;

    private final FirstTokens tokens;

    private final IdentityClashes clashes;

    private volatile boolean together = true;

    /**
     * Creates a store on the system's clock. Nothing is asked before the first call.
     * @param connections where the records are
     * @param keyPrefix what their names begin with, for example {@code reliable-mq:}
     */
    public RedisIdempotencyStore(RedisConnectionFactory connections, String keyPrefix) {
        this(connections, keyPrefix, Clock.systemUTC());
    }

    /**
     * Creates a store. Nothing is asked before the first call.
     * @param connections where the records are
     * @param keyPrefix what their names begin with, for example {@code reliable-mq:}
     * @param clock the node's clock, for first tokens only
     */
    public RedisIdempotencyStore(RedisConnectionFactory connections, String keyPrefix, Clock clock) {
        this(connections, keyPrefix, clock, IdentityClashes.logging());
    }

    /**
     * The same with a meter.
     * @param connections as above
     * @param keyPrefix as above
     * @param clock as above
     * @param clashes notices different messages with one identity
     */
    public RedisIdempotencyStore(RedisConnectionFactory connections, String keyPrefix, Clock clock,
            IdentityClashes clashes) {
        this.clashes = clashes;
        this.connections = connections;
        this.keys = new RecordKeys(keyPrefix, "inbox");
        this.tokens = new FirstTokens(clock);
    }

    /**
     * Warns unless Redis keeps all keys when its memory is full. To be called once at
     * start-up; never fails.
     * @return the policies found, several on a cluster; empty if Redis does not tell
     */
    public List<String> checkEvictionPolicy() {
        return EvictionPolicy.check(this.connections);
    }

    @Override
    public Claim claim(RecordKey key, Duration lease) {
        long token = this.tokens.next();
        boolean isNew = translate(() -> failed("claimed", key), () -> setIfAbsent(name(key), value(key, token), lease));
        return isNew ? new Claim.Acquired(token) : claim(key,
                run("claimed", key, RecordScripts.CLAIM, millis(lease), MEMORY, this.tokens.nonce(token), text(key)));
    }

    /** Not through a template: one with transactions may only queue the command. */
    private boolean setIfAbsent(String name, String value, Duration lease) {
        try (RedisConnection connection = this.connections.getConnection()) {
            return Boolean.TRUE.equals(connection.stringCommands()
                .set(name.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8),
                        Expiration.milliseconds(expiry(lease)), SetOption.SET_IF_ABSENT));
        }
    }

    /**
     * {@inheritDoc} On Redis it is one script, on a cluster a pipeline as in
     * {@link #renew}; a second one for records that exist already.
     */
    @Override
    public List<Claim> claimAll(List<RecordKey> keys, Duration lease) {
        if (keys.isEmpty()) {
            return List.of();
        }
        // One for all: they are different records.
        long token = this.tokens.next();
        BitSet others = translate(() -> keys.size() + " records could not be claimed in Redis",
                () -> setIfAbsent(keys, token, expiry(lease)));
        if (others.isEmpty()) {
            return Collections.nCopies(keys.size(), new Claim.Acquired(token));
        }
        Iterator<Claim> existing = claimExisting(others.stream().mapToObj(keys::get), token, lease).iterator();
        return IntStream.range(0, keys.size())
            .mapToObj((i) -> others.get(i) ? existing.next() : new Claim.Acquired(token))
            .toList();
    }

    /** Returns the places of those that exist. */
    private BitSet setIfAbsent(List<RecordKey> keys, long token, long expiry) {
        String claimed = RecordScripts.claimed(token, this.tokens.nonce(token));
        List<String> names = new ArrayList<>(keys.size());
        List<String> arguments = new ArrayList<>(keys.size() + 2);
        arguments.add(String.valueOf(expiry));
        arguments.add(claimed);
        for (RecordKey key : keys) {
            names.add(name(key));
            arguments.add(text(key));
        }
        // Where the script has failed on the way, the claims are recognised by their
        // nonces.
        return onAll(RecordScripts.CLAIM_NEW, names, arguments).orElseGet(() -> {
            List<Boolean> isNew = RedisPipeline.setIfAbsent(this.connections,
                    keys.stream().map((key) -> new RedisPipeline.Entry(name(key), claimed + text(key))).toList(),
                    expiry);
            return places(IntStream.range(0, isNew.size()).filter((i) -> !isNew.get(i)));
        });
    }

    /**
     * The places that the script answers with; empty where scripts have one key each,
     * which is found out once.
     */
    private Optional<BitSet> onAll(LuaScript script, List<String> names, List<String> arguments) {
        if (names.size() < 2 || !this.together) {
            return Optional.empty();
        }
        Optional<List<String>> answer = script.runOnAll(this.connections, names, arguments);
        if (answer.isEmpty()) {
            this.together = false;
            logger.info("This Redis does not run one script for several keys, or refused to just now: until the"
                    + " application restarts, records of a batch are claimed and completed by a pipeline");
        }
        return answer.map((places) -> places(places.stream().mapToInt((place) -> Integer.parseInt(place) - 1)));
    }

    private static BitSet places(IntStream places) {
        BitSet set = new BitSet();
        places.forEach(set::set);
        return set;
    }

    private List<Claim> claimExisting(Stream<RecordKey> keys, long token, Duration lease) {
        List<RecordKey> all = keys.toList();
        List<List<String>> calls = all.stream()
            .map((key) -> List.of(name(key), millis(lease), MEMORY, this.tokens.nonce(token), text(key)))
            .toList();
        List<List<String>> answers = runAll("claimed", RecordScripts.CLAIM, calls);
        return IntStream.range(0, all.size()).mapToObj((i) -> claim(all.get(i), answers.get(i))).toList();
    }

    private String value(RecordKey key, long token) {
        return RecordScripts.claimed(token, this.tokens.nonce(token)) + text(key);
    }

    private Claim claim(RecordKey key, List<String> answer) {
        if (answer.get(0).equals("D")) {
            this.clashes.check(key, originOf(answer.get(1)));
        }
        return switch (answer.get(0)) {
            case "A" -> new Claim.Acquired(Long.parseLong(answer.get(1)));
            case "D" -> new Claim.AlreadyDone();
            case "H" -> new Claim.Held(Duration.ofMillis(Long.parseLong(answer.get(1))));
            default -> throw new IllegalStateException("Unknown answer of a script: " + answer.get(0));
        };
    }

    @Override
    public boolean complete(RecordKey key, long token, Duration retention) {
        return isYes(run("completed", key, RecordScripts.COMPLETE, completion(key, token, retention)));
    }

    @Override
    public List<Lease> completeAll(List<Lease> leases, Duration retention) {
        List<Lease> rest = translate(() -> leases.size() + " records could not be completed in Redis",
                () -> completeExpected(leases, retention));
        return without(rest, runAll("completed", RecordScripts.COMPLETE, rest.stream().map((one) -> {
            List<String> call = new ArrayList<>(5);
            call.add(name(one.key()));
            Collections.addAll(call, completion(one.key(), one.token(), retention));
            return call;
        }).toList()));
    }

    /** Returns those that are not as they are expected. */
    private List<Lease> completeExpected(List<Lease> leases, Duration retention) {
        List<String> names = new ArrayList<>(leases.size());
        List<String> arguments = new ArrayList<>(2 * leases.size() + 2);
        arguments.add(millis(retention));
        arguments.add(RecordScripts.memoryAnd(this.tokens.instance()));
        for (Lease lease : leases) {
            names.add(name(lease.key()));
            arguments.add(String.valueOf(lease.token()));
            arguments.add(text(lease.key()));
        }
        return onAll(RecordScripts.COMPLETE_EXPECTED, names, arguments)
            .map((others) -> others.stream().mapToObj(leases::get).toList())
            .orElse(leases);
    }

    /** What is expected is what this instance's first claim of a new record has set. */
    private String[] completion(RecordKey key, long token, Duration retention) {
        return new String[] { String.valueOf(token), millis(retention), value(key, token),
                RecordScripts.done(token, text(key)) };
    }

    @Override
    public boolean release(RecordKey key, long token) {
        return isYes(run("released", key, RecordScripts.RELEASE, String.valueOf(token), MEMORY, text(key)));
    }

    /**
     * {@inheritDoc} On Redis it is a pipeline, with Lettuce on its shared connection.
     */
    @Override
    public List<Lease> renew(Collection<Lease> leases, Duration lease) {
        List<Lease> renewed = List.copyOf(leases);
        return without(renewed,
                runAll("renewed", RecordScripts.RENEW,
                        renewed.stream()
                            .map((one) -> List.of(name(one.key()), String.valueOf(one.token()), millis(lease)))
                            .toList()));
    }

    /** Those that were answered with no. */
    private static List<Lease> without(List<Lease> leases, List<List<String>> answers) {
        List<Lease> lost = new ArrayList<>();
        for (int i = 0; i < leases.size(); i++) {
            if (!isYes(answers.get(i))) {
                lost.add(leases.get(i));
            }
        }
        return lost;
    }

    private List<List<String>> runAll(String what, LuaScript script, List<List<String>> calls) {
        return calls.isEmpty() ? List.of()
                : translate(() -> calls.size() + " records could not be " + what + " in Redis",
                        () -> script.runAll(this.connections, calls));
    }

    @Override
    public void recordAlias(RecordKey alias, RecordKey original, Duration retention) {
        run("recorded as an alias", alias, RecordScripts.ALIAS, millis(retention), text(alias), name(original));
    }

    @Override
    public RecordState park(RecordKey key) {
        return stateOf(run("parked", key, RecordScripts.PARK, text(key)));
    }

    @Override
    public RecordState free(RecordKey key) {
        return stateOf(run("freed", key, RecordScripts.FREE, MEMORY));
    }

    @Override
    public RecordState discard(RecordKey key, Duration retention) {
        return stateOf(run("discarded", key, RecordScripts.DISCARD, millis(retention), text(key)));
    }

    @Override
    public RecordState state(RecordKey key) {
        return stateOf(run("read", key, RecordScripts.READ_STATE));
    }

    private static RecordState stateOf(List<String> answer) {
        return switch (answer.get(0)) {
            case "A" -> RecordState.ABSENT;
            case "F" -> RecordState.FREE;
            case "C" -> RecordState.CLAIMED;
            case "K" -> RecordState.PARKED;
            case "D" -> RecordState.DONE;
            default -> throw new IllegalStateException("Unknown answer of a script: " + answer.get(0));
        };
    }

    /**
     * Redis expires the records itself.
     * @return always 0
     */
    @Override
    public int purge(String group, Duration retention, int limit) {
        return 0;
    }

    private List<String> run(String what, RecordKey key, LuaScript script, String... arguments) {
        return translate(() -> failed(what, key), () -> script.run(this.connections, name(key), arguments));
    }

    private static String failed(String what, RecordKey key) {
        return "A record of consumer group '" + key.group() + "' could not be " + what + " in Redis";
    }

    private String name(RecordKey key) {
        return this.keys.of(key.group(), key.identity());
    }

    /** Whatever goes wrong, nothing is known about the record. */
    private static <T> T translate(Supplier<String> what, Supplier<T> work) {
        try {
            return work.get();
        }
        catch (RuntimeException ex) {
            throw new IdempotencyStoreException(what.get() + ": " + ex.getMessage(), ex);
        }
    }

    private static boolean isYes(List<String> answer) {
        return answer.get(0).equals("1");
    }

    private static String millis(Duration duration) {
        return String.valueOf(Math.max(1, duration.toMillis()));
    }

    private static long expiry(Duration lease) {
        return Math.max(1, lease.toMillis()) + RecordScripts.MEMORY;
    }

    /** Of which message the record is: id, space, and its origin after a tilde. */
    private static String text(RecordKey key) {
        MessageId message = key.message();
        if (message == null) {
            return NONE;
        }
        Long origin = key.origin();
        return (origin != null) ? message.toString() + ORIGIN + Long.toHexString(origin) : message.toString();
    }

    private static @Nullable Long originOf(String text) {
        int start = text.indexOf(ORIGIN);
        return (start >= 0) ? (Long) Long.parseUnsignedLong(text.substring(start + 1), 16) : null;
    }

}
