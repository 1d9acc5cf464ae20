package io.reliablemq.rocketmq.backlog;

import java.util.Map;
import java.util.Set;

import io.reliablemq.rocketmq.AdminChannel;

/**
 * A group to ask the brokers about.
 *
 * @param cluster name of its cluster
 * @param group its name
 * @param own whether this application has a listener of it
 * @param pausedBy who has paused its listener here
 * @param channel over which to ask
 * @param topics its topics and what it filters, empty if that is to be found out
 */
record BacklogTarget(String cluster, String group, boolean own, Set<String> pausedBy, AdminChannel channel,
        Map<String, TagFilter> topics) {

    BacklogTarget {
        pausedBy = Set.copyOf(pausedBy);
        topics = Map.copyOf(topics);
    }

}
