package io.reliablemq.outbox;

import java.util.Set;

/**
 * The clusters and destinations that a claim may take messages of.
 *
 * @param clusters names of the clusters that this instance can send to
 * @param paused topics that are left alone for now
 */
public record OutboxScope(Set<String> clusters, Set<ClusterTopic> paused) {

    /**
     * Copies the sets.
     */
    public OutboxScope {
        clusters = Set.copyOf(clusters);
        paused = Set.copyOf(paused);
    }

}
