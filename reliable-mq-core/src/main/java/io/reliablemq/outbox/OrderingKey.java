package io.reliablemq.outbox;

/**
 * Messages that are sent in the order of their commits.
 *
 * @param cluster name of the cluster
 * @param topic name of the topic
 * @param key the ordering key
 */
public record OrderingKey(String cluster, String topic, String key) implements Comparable<OrderingKey> {

    @Override
    public int compareTo(OrderingKey other) {
        int order = this.cluster.compareTo(other.cluster);
        if (order == 0) {
            order = this.topic.compareTo(other.topic);
        }
        return (order != 0) ? order : this.key.compareTo(other.key);
    }

    ClusterTopic destination() {
        return new ClusterTopic(this.cluster, this.topic);
    }

}
