package io.reliablemq.rocketmq;

import java.util.Map;

/**
 * A group to ask the brokers about.
 *
 * @param group its name
 * @param own whether this application has a listener of it
 * @param channel over which to ask
 * @param topics its topics and what it filters, empty if that is to be found out
 */
record BacklogTarget(String group, boolean own, AdminChannel channel, Map<String, TagFilter> topics) {

    BacklogTarget {
        topics = Map.copyOf(topics);
    }

}
