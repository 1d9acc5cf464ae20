package io.reliablemq.it;

import java.util.List;

import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.redis.RecordKeys;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

/**
 * Looks at records in Redis, or deletes them, behind the library's back.
 */
final class RedisKeys {

    private RedisKeys() {
    }

    /** Records that somebody has claimed and not ended. */
    static long claimed(int port, String prefix) {
        LettuceConnectionFactory connections = new LettuceConnectionFactory("127.0.0.1", port);
        connections.afterPropertiesSet();
        connections.start();
        try {
            StringRedisTemplate redis = new StringRedisTemplate(connections);
            List<String> records = redis.opsForValue().multiGet(redis.keys(prefix + "inbox:*"));
            return records.stream().filter((record) -> record != null && record.startsWith("P ")).count();
        }
        finally {
            connections.destroy();
        }
    }

    static void delete(int port, String prefix, String group, List<Long> ids) {
        LettuceConnectionFactory connections = new LettuceConnectionFactory("127.0.0.1", port);
        connections.afterPropertiesSet();
        connections.start();
        try {
            StringRedisTemplate redis = new StringRedisTemplate(connections);
            RecordKeys keys = new RecordKeys(prefix, "inbox");
            for (long id : ids) {
                if (!Boolean.TRUE.equals(redis.delete(keys.of(group, RecordKey.ofMessageId(group, id).identity())))) {
                    throw new IllegalStateException("There is no record of " + id);
                }
            }
        }
        finally {
            connections.destroy();
        }
    }

}
