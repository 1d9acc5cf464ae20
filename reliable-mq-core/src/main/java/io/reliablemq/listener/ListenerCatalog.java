package io.reliablemq.listener;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

import io.reliablemq.Internal;
import io.reliablemq.InvalidConfigurationException;

/**
 * The properties of all listeners by consumer group. Names are compared by their letters
 * and digits only, because configuration binding drops other characters.
 */
@Internal
public final class ListenerCatalog {

    private final Map<String, ListenerOverrides> overrides = new LinkedHashMap<>();

    private final Map<String, String> names = new LinkedHashMap<>();

    private final Set<String> groups = ConcurrentHashMap.newKeySet();

    /**
     * Creates a catalog.
     * @param overrides what the properties say, by consumer group
     */
    public ListenerCatalog(Map<String, ListenerOverrides> overrides) {
        overrides.forEach((name, value) -> {
            String other = this.names.put(canonical(name), name);
            if (other != null) {
                throw new InvalidConfigurationException("reliable-mq.listeners has two keys for one consumer group: '"
                        + other + "' and '" + name + "' (only letters and digits count).", "Keep one of them.");
            }
            this.overrides.put(canonical(name), value);
        });
    }

    /**
     * What the properties say about a group.
     * @param group consumer group of a listener
     * @return the overrides, without a value if there are none
     */
    public ListenerOverrides forGroup(String group) {
        this.groups.add(group);
        return this.overrides.getOrDefault(canonical(group), ListenerOverrides.none());
    }

    /**
     * Whether there are properties for a group.
     * @param group consumer group of a listener
     * @return whether a key names it
     */
    public boolean mentions(String group) {
        return this.overrides.containsKey(canonical(group));
    }

    /**
     * Checks, after all listeners are known, that every key belonged to one.
     * @throws InvalidConfigurationException if a key matches no listener
     */
    public void requireAllUsed() {
        Map<String, String> unused = new LinkedHashMap<>(this.names);
        this.groups.forEach((group) -> unused.remove(canonical(group)));
        if (!unused.isEmpty()) {
            throw new InvalidConfigurationException(
                    "reliable-mq.listeners." + unused.values().iterator().next() + " matches no listener.",
                    "Write the consumer group of a @RocketMQMessageListener, in brackets: reliable-mq.listeners.\"[group]\"."
                            + " This application's groups are " + new TreeSet<>(this.groups) + ".");
        }
    }

    private static String canonical(String name) {
        return name.replaceAll("[^\\p{L}\\p{N}]", "").toLowerCase(Locale.ROOT);
    }

}
