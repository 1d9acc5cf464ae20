package io.reliablemq.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.RedisStringCommands.SetOption;
import org.springframework.data.redis.connection.ReturnType;
import org.springframework.data.redis.core.types.Expiration;
import org.springframework.util.ClassUtils;

/**
 * Runs commands that are all sent before the first answer is awaited, each on one key, so
 * that it works on a cluster too. With Lettuce on its shared connection, else on one from
 * the pool; Jedis cannot do it on a cluster: there the commands follow each other.
 */
public final class RedisPipeline {

    private static final boolean LETTUCE = ClassUtils.isPresent("io.lettuce.core.api.async.RedisAsyncCommands",
            RedisPipeline.class.getClassLoader());

    private RedisPipeline() {
    }

    /**
     * Sets keys that do not exist.
     * @param connections where they are
     * @param entries their names and values
     * @param expiryMillis their time to live
     * @return for each whether it was set
     * @throws RuntimeException whatever the driver throws; it is unknown then which are
     */
    public static List<Boolean> setIfAbsent(RedisConnectionFactory connections, List<Entry> entries,
            long expiryMillis) {
        return run(connections,
                entries.stream()
                    .map((entry) -> new RedisCall(null, List.of(entry.key(), entry.value()), expiryMillis))
                    .toList())
            .stream()
            .map(Boolean.TRUE::equals)
            .toList();
    }

    /** {@code null} if there is no one server that has all keys, or it refuses. */
    static @Nullable Object runOnAll(RedisConnectionFactory connections, LuaScript script, List<String> keys,
            List<String> arguments) {
        try (RedisConnection connection = connections.getConnection()) {
            LettuceBatch lettuce = LETTUCE ? LettuceBatch.on(connection) : null;
            return (lettuce != null && lettuce.hasOneServer()) ? lettuce.runOnAll(script, keys, arguments) : null;
        }
    }

    static List<Object> run(RedisConnectionFactory connections, List<RedisCall> calls) {
        List<Object> answers;
        try (RedisConnection connection = connections.getConnection()) {
            LettuceBatch lettuce = LETTUCE ? LettuceBatch.on(connection) : null;
            if (lettuce != null) {
                return lettuce.run(calls);
            }
            if (!openPipeline(connection)) {
                List<Object> one = new ArrayList<>();
                calls.forEach((call) -> one.add(Objects.requireNonNull(run(connection, call))));
                return one;
            }
            for (RedisCall call : calls) {
                // The answer comes at the end of the pipeline.
                Object unused = run(connection, call);
            }
            answers = connection.closePipeline();
        }
        if (answers.size() != calls.size()) {
            throw new IllegalStateException(
                    "Redis gave " + answers.size() + " answers to " + calls.size() + " pipelined calls.");
        }
        return answers;
    }

    private static @Nullable Object run(RedisConnection connection, RedisCall call) {
        LuaScript script = call.script();
        if (script == null) {
            return connection.stringCommands()
                .set(call.key(), call.arguments().get(0), Expiration.milliseconds(call.expiryMillis()),
                        SetOption.SET_IF_ABSENT);
        }
        return connection.scriptingCommands().<Object>eval(script.source(), ReturnType.MULTI, 1, call.parameters());
    }

    private static boolean openPipeline(RedisConnection connection) {
        try {
            connection.openPipeline();
            return true;
        }
        catch (InvalidDataAccessApiUsageException | UnsupportedOperationException ex) {
            return false;
        }
    }

    /**
     * A key to be set.
     *
     * @param key its name
     * @param value its value
     */
    public record Entry(String key, String value) {
    }

}
