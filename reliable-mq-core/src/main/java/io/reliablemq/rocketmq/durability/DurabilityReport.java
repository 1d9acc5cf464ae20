package io.reliablemq.rocketmq.durability;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What one audit found.
 *
 * @param at when it ended
 * @param brokers the brokers whose configuration was read, as {@code name:id}
 * @param findings what differs from the expectations
 * @param unreadable what could not be asked, and why
 */
public record DurabilityReport(Instant at, List<String> brokers, List<DurabilityFinding> findings,
        Map<String, String> unreadable) {

    /**
     * Copies the collections.
     */
    public DurabilityReport {
        brokers = List.copyOf(brokers);
        findings = List.copyOf(findings);
        unreadable = Collections.unmodifiableMap(new LinkedHashMap<>(unreadable));
    }

}
