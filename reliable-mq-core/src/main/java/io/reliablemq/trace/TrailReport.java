package io.reliablemq.trace;

import java.util.List;
import java.util.Map;

/**
 * What is known of a message. Never its payload.
 *
 * @param id what was asked for
 * @param conclusion where it is, or where it got lost, in a sentence
 * @param sent what the database of this application knows of its sending
 * @param copies the copies that brokers hold
 * @param groups what the consumer groups of this application's database know
 * @param unreadable what could not be asked, and why
 */
public record TrailReport(String id, String conclusion, List<Sending> sent, List<BrokerCopy> copies,
        List<GroupTrail> groups, Map<String, String> unreadable) {

    /**
     * Copies the collections.
     */
    public TrailReport {
        sent = List.copyOf(sent);
        copies = List.copyOf(copies);
        groups = List.copyOf(groups);
        unreadable = Map.copyOf(unreadable);
    }

}
