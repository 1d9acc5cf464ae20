package io.reliablemq.idempotency.redis;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;

import io.reliablemq.idempotency.Claim;
import io.reliablemq.idempotency.IdempotencyStore;
import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.Lease;
import io.reliablemq.idempotency.ParkableRecords;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.idempotency.RecordState;
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

    private static final String MEMORY = String.valueOf(RecordScripts.MEMORY);

    private final RedisConnectionFactory connections;

    private final RecordKeys keys;

    private final FirstTokens tokens;

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
        return isNew ? new Claim.Acquired(token) : claim(run("claimed", key, RecordScripts.CLAIM, millis(lease), MEMORY,
                this.tokens.nonce(token), text(key.messageId())));
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
        long[] tokens = keys.stream().mapToLong((key) -> this.tokens.next()).toArray();
        List<RedisPipeline.Entry> entries = new ArrayList<>(tokens.length);
        for (RecordKey key : keys) {
            entries.add(new RedisPipeline.Entry(name(key), value(key, tokens[entries.size()])));
        }
        List<Boolean> isNew = translate(() -> keys.size() + " records could not be claimed in Redis",
                () -> setIfAbsent(entries, expiry(lease)));
        Iterator<Claim> others = claimExisting(keys, tokens, isNew, lease).iterator();
        List<Claim> claims = new ArrayList<>(tokens.length);
        for (long token : tokens) {
            claims.add(isNew.get(claims.size()) ? new Claim.Acquired(token) : others.next());
        }
        return claims;
    }

    private List<Boolean> setIfAbsent(List<RedisPipeline.Entry> entries, long expiry) {
        List<String> arguments = new ArrayList<>(entries.size() + 1);
        arguments.add(String.valueOf(expiry));
        entries.forEach((entry) -> arguments.add(entry.value()));
        List<String> answers = onAll(RecordScripts.CLAIM_NEW, entries.stream().map(RedisPipeline.Entry::key).toList(),
                arguments);
        // Where the script has failed on the way, the claims are recognised by their
        // nonces.
        return answers.isEmpty() ? RedisPipeline.setIfAbsent(this.connections, entries, expiry)
                : answers.stream().map("1"::equals).toList();
    }

    /** Empty where scripts have one key each; that is found out once. */
    private List<String> onAll(LuaScript script, List<String> names, List<String> arguments) {
        if (names.size() < 2 || !this.together) {
            return List.of();
        }
        List<String> answers = script.runOnAll(this.connections, names, arguments);
        if (answers.isEmpty()) {
            this.together = false;
            logger.info("This Redis does not run one script for several keys, or refused to just now: until the"
                    + " application restarts, records of a batch are claimed and completed by a pipeline");
        }
        return answers;
    }

    private List<Claim> claimExisting(List<RecordKey> keys, long[] tokens, List<Boolean> isNew, Duration lease) {
        List<List<String>> calls = new ArrayList<>();
        for (int i = 0; i < tokens.length; i++) {
            if (!isNew.get(i)) {
                RecordKey key = keys.get(i);
                calls.add(
                        List.of(name(key), millis(lease), MEMORY, this.tokens.nonce(tokens[i]), text(key.messageId())));
            }
        }
        return runAll("claimed", RecordScripts.CLAIM, calls).stream().map(RedisIdempotencyStore::claim).toList();
    }

    private String value(RecordKey key, long token) {
        return RecordScripts.claimed(token, this.tokens.nonce(token), text(key.messageId()));
    }

    private static Claim claim(List<String> answer) {
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
        List<String> arguments = new ArrayList<>(2 * leases.size() + 1);
        arguments.add(millis(retention));
        for (Lease lease : leases) {
            arguments.add(value(lease.key(), lease.token()));
            arguments.add(RecordScripts.done(lease.token(), text(lease.key().messageId())));
        }
        List<String> answers = onAll(RecordScripts.COMPLETE_EXPECTED,
                leases.stream().map((lease) -> name(lease.key())).toList(), arguments);
        return answers.isEmpty() ? leases : without(leases, answers.stream().map(List::of).toList());
    }

    /** What is expected is what this instance's first claim of a new record has set. */
    private String[] completion(RecordKey key, long token, Duration retention) {
        return new String[] { String.valueOf(token), millis(retention), value(key, token),
                RecordScripts.done(token, text(key.messageId())) };
    }

    @Override
    public boolean release(RecordKey key, long token) {
        return isYes(run("released", key, RecordScripts.RELEASE, String.valueOf(token), MEMORY));
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
        run("recorded as an alias", alias, RecordScripts.ALIAS, millis(retention), text(alias.messageId()),
                name(original));
    }

    @Override
    public RecordState park(RecordKey key) {
        return stateOf(run("parked", key, RecordScripts.PARK, text(key.messageId())));
    }

    @Override
    public RecordState free(RecordKey key) {
        return stateOf(run("freed", key, RecordScripts.FREE, MEMORY));
    }

    @Override
    public RecordState discard(RecordKey key, Duration retention) {
        return stateOf(run("discarded", key, RecordScripts.DISCARD, millis(retention), text(key.messageId())));
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

    private static String text(@Nullable Long messageId) {
        return (messageId != null) ? messageId.toString() : NONE;
    }

}
