package io.reliablemq.redis;

import java.util.List;
import java.util.Properties;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Looks at what the server does when its memory is full. Anything but {@code noeviction}
 * can throw records away before their time.
 */
public final class EvictionPolicy {

    private static final Logger logger = LoggerFactory.getLogger(EvictionPolicy.class);

    private static final String SETTING = "maxmemory-policy";

    private static final String SAFE = "noeviction";

    private EvictionPolicy() {
    }

    /**
     * Warns unless no server evicts. Never fails: many managed servers forbid the
     * question, which is logged at info.
     * @param connections where to ask
     * @return the policies found, several on a cluster; empty if it may not be asked
     */
    public static List<String> check(RedisConnectionFactory connections) {
        List<String> policies;
        try (RedisConnection connection = connections.getConnection()) {
            policies = policies(connection.serverCommands().getConfig(SETTING));
        }
        catch (RuntimeException ex) {
            logger.info(
                    "Redis does not tell its {} ({}). Make sure that it is {}: other policies can throw away the"
                            + " records that keep messages from being processed twice.",
                    SETTING, ex.getMessage(), SAFE);
            return List.of();
        }
        if (policies.stream().anyMatch((policy) -> !policy.equals(SAFE))) {
            logger.warn("Redis has {} {}: when memory is full it throws away the records that keep messages from being"
                    + " processed twice. Set it to {}.", SETTING, policies, SAFE);
        }
        return policies;
    }

    private static List<String> policies(@Nullable Properties config) {
        if (config == null) {
            return List.of();
        }
        // A cluster prefixes the name with the node.
        return config.stringPropertyNames()
            .stream()
            .filter((name) -> name.endsWith(SETTING))
            .map(config::getProperty)
            .distinct()
            .sorted()
            .toList();
    }

}
