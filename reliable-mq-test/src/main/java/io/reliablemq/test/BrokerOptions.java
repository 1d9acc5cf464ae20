package io.reliablemq.test;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the builder collected.
 *
 * @param port the broker's port, or null for a free one
 * @param advertisedPort the port that clients are told, or null for the broker's own
 * @param storeDirectory where to keep the store, or null for a temporary directory
 * @param delayLevels the broker's delay table
 * @param autoCreateTopics whether a topic is made by the first message sent to it
 * @param properties any other broker property by its name
 * @param master whose name server it shares, as its replica or as another master, or null
 * for a name server of its own
 */
record BrokerOptions(@Nullable Integer port, @Nullable Integer advertisedPort, @Nullable Path storeDirectory,
        String delayLevels, boolean autoCreateTopics, Map<String, String> properties,
        @Nullable EmbeddedRocketMQBroker master) {

    BrokerOptions {
        properties = Map.copyOf(properties);
    }

}
