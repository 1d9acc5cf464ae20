package io.reliablemq.outbox;

/**
 * A topic of a cluster.
 *
 * @param cluster name of the cluster
 * @param topic name of the topic
 */
public record ClusterTopic(String cluster, String topic) {

    @Override
    public String toString() {
        return this.topic + " of cluster " + this.cluster;
    }

}
