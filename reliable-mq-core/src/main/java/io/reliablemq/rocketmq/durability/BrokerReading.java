package io.reliablemq.rocketmq.durability;

import java.util.Map;
import java.util.Properties;

/**
 * What one broker says about itself.
 *
 * @param name the name that it shares with its replicas
 * @param id 0 for the master
 * @param address where it was asked
 * @param registered how many brokers of this name the name server knows
 * @param config its configuration
 * @param retryQueues queues for redelivery, by the consumer groups of this application
 * that need them and that the broker knows
 */
record BrokerReading(String name, long id, String address, int registered, Properties config,
        Map<String, Integer> retryQueues) {

    String key() {
        return this.name + ":" + this.id;
    }

    /** For sentences. */
    String title() {
        return "Broker " + this.name + " (" + (isMaster() ? "master" : "slave " + this.id) + ", " + this.address + ")";
    }

    /** A slave that stands in for its master keeps its own role and promises nothing. */
    boolean isMaster() {
        return !"SLAVE".equals(text("brokerRole", "ASYNC_MASTER"));
    }

    String text(String property, String otherwise) {
        String value = this.config.getProperty(property);
        return (value == null || value.isBlank()) ? otherwise : value.strip();
    }

    boolean flag(String property) {
        return Boolean.parseBoolean(text(property, "false"));
    }

    long number(String property, long otherwise) {
        try {
            return Long.parseLong(text(property, ""));
        }
        catch (NumberFormatException ex) {
            return otherwise;
        }
    }

    DurabilityFinding finding(String property, Object actual, Object wanted, String sentence) {
        return new DurabilityFinding(key(), property, String.valueOf(actual), String.valueOf(wanted),
                title() + " " + sentence);
    }

}
