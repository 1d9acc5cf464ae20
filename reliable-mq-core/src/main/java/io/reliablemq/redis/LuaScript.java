package io.reliablemq.redis;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.ReturnType;

/**
 * A script, on one key unless {@link #runOnAll} says otherwise, so that it runs on a
 * cluster too. Needs Redis 5 or later (or a compatible server), which replicates what a
 * script did and not the script.
 * <p>
 * Connections come from the factory itself: a template with transaction support may have
 * bound one to the thread, on which our commands would only be queued.
 */
public final class LuaScript {

    private final byte[] source;

    private final String sha1;

    private LuaScript(String source) {
        this.source = bytes(source);
        this.sha1 = sha1(this.source);
    }

    /**
     * Wraps a script.
     * @param source Lua; uses {@code KEYS} only and returns a table of strings and
     * numbers
     * @return the script
     */
    public static LuaScript of(String source) {
        return new LuaScript(source);
    }

    /**
     * Runs the script in one round trip; in a second one if the server does not know it
     * (after a restart).
     * @param connections where to run it
     * @param key its key
     * @param arguments its arguments
     * @return the returned table
     * @throws RuntimeException whatever the driver throws; it is unknown then whether the
     * script has run
     */
    public List<String> run(RedisConnectionFactory connections, String key, String... arguments) {
        List<String> call = new ArrayList<>(arguments.length + 1);
        call.add(key);
        Collections.addAll(call, arguments);
        try (RedisConnection connection = connections.getConnection()) {
            return strings(evaluate(connection, parameters(call)));
        }
    }

    private @Nullable Object evaluate(RedisConnection connection, byte[][] parameters) {
        try {
            return connection.scriptingCommands().<Object>evalSha(this.sha1, ReturnType.MULTI, 1, parameters);
        }
        catch (RuntimeException ex) {
            if (!isUnknownScript(ex)) {
                throw ex;
            }
            return connection.scriptingCommands().<Object>eval(this.source, ReturnType.MULTI, 1, parameters);
        }
    }

    /**
     * Runs the script once per call, all sent before the first answer is awaited. With
     * Lettuce they share its connection with other callers, on clusters too; else they
     * take one from the pool. Jedis cannot do so on clusters: there the calls follow each
     * other.
     * @param connections where to run it
     * @param calls each a key followed by the arguments
     * @return the returned tables, in the same order
     * @throws RuntimeException whatever the driver throws; it is unknown then which calls
     * have run
     */
    public List<List<String>> runAll(RedisConnectionFactory connections, List<List<String>> calls) {
        return RedisPipeline.run(connections, calls.stream().map((call) -> new RedisCall(this, call, 0)).toList())
            .stream()
            .map(LuaScript::strings)
            .toList();
    }

    /**
     * Runs the script once for many keys, where one server has them all; for a script
     * that goes through {@code KEYS}. Not on clusters, nor behind a proxy that keeps keys
     * apart, nor with Jedis.
     * @param connections where to run it
     * @param keys its keys
     * @param arguments its arguments
     * @return the returned table; none if it could not be run so, or has failed on the
     * way: what it has done until then stays done
     * @throws RuntimeException whatever the driver throws; it is unknown then whether the
     * script has run
     */
    public Optional<List<String>> runOnAll(RedisConnectionFactory connections, List<String> keys,
            List<String> arguments) {
        return Optional.ofNullable(RedisPipeline.runOnAll(connections, this, keys, arguments)).map(LuaScript::strings);
    }

    byte[] source() {
        return this.source;
    }

    String sha1() {
        return this.sha1;
    }

    private static boolean isUnknownScript(@Nullable Throwable ex) {
        for (Throwable cause = ex; cause != null; cause = cause.getCause()) {
            String message = cause.getMessage();
            if (message != null && message.contains("NOSCRIPT")) {
                return true;
            }
        }
        return false;
    }

    private static byte[][] parameters(List<String> call) {
        return call.stream().map(LuaScript::bytes).toArray(byte[][]::new);
    }

    private static List<String> strings(@Nullable Object answer) {
        if (!(answer instanceof List<?> elements)) {
            throw new IllegalStateException("A Redis script gave an unexpected answer of type "
                    + ((answer != null) ? answer.getClass().getName() : "null") + ".");
        }
        List<String> strings = new ArrayList<>(elements.size());
        for (Object element : elements) {
            strings.add((element instanceof byte[] text) ? new String(text, StandardCharsets.UTF_8)
                    : String.valueOf(element));
        }
        return strings;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String sha1(byte[] source) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(source));
        }
        catch (NoSuchAlgorithmException ex) {
            throw new IllegalStateException("Every Java platform has SHA-1.", ex);
        }
    }

}
