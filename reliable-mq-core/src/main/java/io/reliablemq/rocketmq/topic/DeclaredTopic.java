package io.reliablemq.rocketmq.topic;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.rocketmq.topic.TopicAdmin.Master;
import io.reliablemq.topic.TopicDeclaration;
import org.apache.rocketmq.common.TopicConfig;
import org.jspecify.annotations.Nullable;

/**
 * A declaration against what the brokers have.
 */
final class DeclaredTopic {

    private final TopicAdmin admin;

    private final TopicDeclaration declaration;

    DeclaredTopic(TopicAdmin admin, TopicDeclaration declaration) {
        this.admin = admin;
        this.declaration = declaration;
    }

    List<String> differences() {
        return differences(configs());
    }

    /**
     * Where nobody has it, or nobody has been sent anything: then another instance has
     * only begun to create it.
     */
    List<String> create() {
        Map<Master, @Nullable TopicConfig> configs = configs();
        List<Master> missing = configs.keySet().stream().filter((it) -> configs.get(it) == null).toList();
        boolean used = configs.entrySet().stream().anyMatch((it) -> it.getValue() != null && !isFresh(it));
        if (missing.isEmpty() || used) {
            return List.of();
        }
        List<String> done = new ArrayList<>();
        for (Master master : missing) {
            this.admin.change(master, this.declaration.queues(), this.declaration.queues(), this.declaration.order());
            done.add("Topic '" + this.declaration.name() + "' was created on " + master.broker() + " with "
                    + this.declaration.queues() + " queues" + (this.declaration.order() ? ", ordered." : "."));
        }
        return done;
    }

    private boolean isFresh(Map.Entry<Master, @Nullable TopicConfig> known) {
        TopicConfig config = known.getValue();
        if (config == null || config.getReadQueueNums() != this.declaration.queues()
                || config.getWriteQueueNums() != this.declaration.queues()) {
            return false;
        }
        for (int queue = 0; queue < config.getReadQueueNums(); queue++) {
            if (this.admin.maxOffset(known.getKey(), queue) > 0) {
                return false;
            }
        }
        return true;
    }

    private List<String> differences(Map<Master, @Nullable TopicConfig> configs) {
        String topic = "Topic '" + this.declaration.name() + "' ";
        List<String> found = new ArrayList<>();
        if (configs.values().stream().allMatch((it) -> it == null)) {
            return List.of(topic + "does not exist on " + configs.keySet().stream().map(Master::broker).toList()
                    + ". Create it with " + this.declaration.queues()
                    + " queues, or set reliable-mq.topic.on-start=create.");
        }
        configs.forEach((master, config) -> {
            if (config == null) {
                found.add(topic + "is missing on broker " + master.broker() + ". It is not created there by itself,"
                        + " because other brokers have it in use: create it with RocketMQ's own tools when its"
                        + " consumers are alive.");
                return;
            }
            int read = config.getReadQueueNums();
            int write = config.getWriteQueueNums();
            if (read != this.declaration.queues() || write != this.declaration.queues()) {
                found.add(topic + "has "
                        + ((read == write) ? String.valueOf(read) : read + " readable and " + write + " writable")
                        + " queues on broker " + master.broker() + ", " + this.declaration.queues()
                        + " are declared. Change the declaration, or the topic by the Topics bean or the endpoint"
                        + " reliablemqtopics.");
            }
            if (config.isOrder() != this.declaration.order()) {
                found.add(topic + "is " + (config.isOrder() ? "" : "not ") + "marked as ordered on broker "
                        + master.broker() + ", but declared " + (this.declaration.order() ? "so" : "otherwise") + ".");
            }
        });
        return found;
    }

    /** What each master of the topic's cluster has. */
    private Map<Master, @Nullable TopicConfig> configs() {
        Map<Master, @Nullable TopicConfig> configs = new TreeMap<>(java.util.Comparator.comparing(Master::broker));
        for (Master master : masters()) {
            configs.put(master, this.admin.config(master));
        }
        return configs;
    }

    private List<Master> masters() {
        Map<String, List<Master>> clusters = this.admin.clusters();
        String wanted = this.declaration.cluster();
        if (wanted == null && clusters.size() == 1) {
            return clusters.values().iterator().next();
        }
        if (wanted == null || !clusters.containsKey(wanted)) {
            throw new InvalidConfigurationException(
                    "Topic '" + this.declaration.name() + "' is declared "
                            + ((wanted == null) ? "without a cluster" : "in cluster '" + wanted + "'")
                            + ", and the name server knows the clusters " + clusters.keySet() + ".",
                    "Set reliable-mq.topics.\"[" + this.declaration.name() + "]\".cluster to one of them.");
        }
        return clusters.get(wanted);
    }

}
