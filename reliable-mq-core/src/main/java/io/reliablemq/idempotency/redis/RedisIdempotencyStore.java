package io.reliablemq.idempotency.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
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
import org.jspecify.annotations.Nullable;

import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Keeps the records in Redis 5 or later, standalone or cluster; each is one key and each
 * method one script on it. Redis time decides about leases; keys expire by themselves.
 * <p>
 * Redis acknowledges before its replicas have the write: a failover can lose records, and
 * then a message can be processed twice. The eviction policy must be {@code noeviction}.
 */
public final class RedisIdempotencyStore implements IdempotencyStore, ParkableRecords {

    /** How long a token is remembered after its lease or its release. */
    private static final Duration MEMORY = Duration.ofDays(1);

    private static final String NONE = "-";

    private final RedisConnectionFactory connections;

    private final RecordKeys keys;

    /**
     * Creates a store. Nothing is asked before the first call.
     * @param connections where the records are
     * @param keyPrefix what their names begin with, for example {@code reliable-mq:}
     */
    public RedisIdempotencyStore(RedisConnectionFactory connections, String keyPrefix) {
        this.connections = connections;
        this.keys = new RecordKeys(keyPrefix, "inbox");
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
        return claim(run("claimed", key, RecordScripts.CLAIM, millis(lease), millis(MEMORY),
                UUID.randomUUID().toString(), text(key.messageId())));
    }

    /**
     * {@inheritDoc} On Redis it is a pipeline, as in {@link #renew}.
     */
    @Override
    public List<Claim> claimAll(List<RecordKey> keys, Duration lease) {
        return runAll("claimed", RecordScripts.CLAIM,
                keys.stream()
                    .map((key) -> List.of(name(key), millis(lease), millis(MEMORY), UUID.randomUUID().toString(),
                            text(key.messageId())))
                    .toList())
            .stream()
            .map(RedisIdempotencyStore::claim)
            .toList();
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
        return isYes(run("completed", key, RecordScripts.COMPLETE, String.valueOf(token), millis(retention)));
    }

    @Override
    public List<Lease> completeAll(List<Lease> leases, Duration retention) {
        return without(leases,
                runAll("completed", RecordScripts.COMPLETE,
                        leases.stream()
                            .map((one) -> List.of(name(one.key()), String.valueOf(one.token()), millis(retention)))
                            .toList()));
    }

    @Override
    public boolean release(RecordKey key, long token) {
        return isYes(run("released", key, RecordScripts.RELEASE, String.valueOf(token), millis(MEMORY)));
    }

    /**
     * {@inheritDoc} On Redis it is a pipeline on a connection that is not the shared one.
     */
    @Override
    public List<Lease> renew(Collection<Lease> leases, Duration lease) {
        List<Lease> renewed = List.copyOf(leases);
        return without(renewed,
                runAll("renewed", RecordScripts.RENEW, renewed.stream()
                    .map((one) -> List.of(name(one.key()), String.valueOf(one.token()), millis(lease), millis(MEMORY)))
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
        return stateOf(run("freed", key, RecordScripts.FREE, millis(MEMORY)));
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
        return translate(() -> "A record of consumer group '" + key.group() + "' could not be " + what + " in Redis",
                () -> script.run(this.connections, name(key), arguments));
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

    private static String text(@Nullable Long messageId) {
        return (messageId != null) ? messageId.toString() : NONE;
    }

}
