package io.reliablemq.rocketmq;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.reliablemq.InvalidConfigurationException;

/**
 * The broker's table of redelivery delays ({@code messageDelayLevel}). Level 1 is the
 * first entry.
 *
 * @param delays the delays, growing
 */
public record DelayLevels(List<Duration> delays) {

    /** RocketMQ's default table. */
    public static final String DEFAULT = "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h";

    /** The broker's own first redelivery comes at this level. */
    private static final int FIRST_RETRY_LEVEL = 3;

    /**
     * Copies the list.
     */
    public DelayLevels {
        delays = List.copyOf(delays);
    }

    /**
     * Reads a table as it stands in the broker's configuration.
     * @param table delays with the units s, m, h or d, separated by blanks
     * @return the table
     * @throws InvalidConfigurationException if it cannot be read
     */
    public static DelayLevels parse(String table) {
        List<Duration> delays = new ArrayList<>();
        for (String entry : table.trim().split("\\s+")) {
            delays.add(parseEntry(table, entry));
        }
        return new DelayLevels(delays);
    }

    private static Duration parseEntry(String table, String entry) {
        if (entry.matches("[1-9]\\d{0,8}[smhd]")) {
            long amount = Long.parseLong(entry.substring(0, entry.length() - 1));
            return switch (entry.charAt(entry.length() - 1)) {
                case 's' -> Duration.ofSeconds(amount);
                case 'm' -> Duration.ofMinutes(amount);
                case 'h' -> Duration.ofHours(amount);
                default -> Duration.ofDays(amount);
            };
        }
        throw new InvalidConfigurationException(
                "reliable-mq.delay-levels has the entry '" + entry + "' in '" + table + "'.",
                "Copy the broker's messageDelayLevel, for example " + DEFAULT + ".");
    }

    /**
     * The level for a wait.
     * @param wait how long to wait at least
     * @return the smallest level that is not shorter, else the longest one; from 1
     */
    public int levelFor(Duration wait) {
        for (int level = 1; level <= this.delays.size(); level++) {
            if (this.delays.get(level - 1).compareTo(wait) >= 0) {
                return level;
            }
        }
        return this.delays.size();
    }

    /**
     * The waits that the broker itself would use.
     * @return the table from the broker's first retry level on
     */
    public List<Duration> retryBackoff() {
        return this.delays.subList(Math.min(FIRST_RETRY_LEVEL, this.delays.size()) - 1, this.delays.size());
    }

}
