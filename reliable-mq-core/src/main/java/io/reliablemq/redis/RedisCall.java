package io.reliablemq.redis;

import java.nio.charset.StandardCharsets;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * One of several commands that are sent together; each is on one key.
 *
 * @param script what to run; {@code null} to set the key to the only argument unless it
 * exists
 * @param keyAndArguments the key, then the script's arguments or the value
 * @param expiryMillis time to live of a key that is set
 */
record RedisCall(@Nullable LuaScript script, List<String> keyAndArguments, long expiryMillis) {

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    byte[] key() {
        return bytes(this.keyAndArguments.get(0));
    }

    List<byte[]> arguments() {
        return this.keyAndArguments.subList(1, this.keyAndArguments.size()).stream().map(RedisCall::bytes).toList();
    }

    byte[][] parameters() {
        return this.keyAndArguments.stream().map(RedisCall::bytes).toArray(byte[][]::new);
    }

}
