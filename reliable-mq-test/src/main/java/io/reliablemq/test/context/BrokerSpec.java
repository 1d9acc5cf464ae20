package io.reliablemq.test.context;

import io.reliablemq.test.EmbeddedRocketMQ;
import io.reliablemq.test.EmbeddedRocketMQBroker;
import java.util.List;

/**
 * The broker that an annotation describes.
 *
 * @param topics topics, each with a number of queues after a colon
 * @param consumerGroups names of groups
 * @param delayLevels the broker's delay table
 */
record BrokerSpec(List<String> topics, List<String> consumerGroups, String delayLevels) {

    private static final int DEFAULT_QUEUES = 4;

    static BrokerSpec of(EmbeddedRocketMQ annotation) {
        return new BrokerSpec(List.of(annotation.topics()), List.of(annotation.consumerGroups()),
                annotation.delayLevels());
    }

    EmbeddedRocketMQBroker start() {
        EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.builder().delayLevels(this.delayLevels).start();
        try {
            this.topics.forEach((topic) -> createTopic(broker, topic));
            this.consumerGroups.forEach(broker::createConsumerGroup);
            return broker;
        }
        catch (RuntimeException ex) {
            broker.close();
            throw ex;
        }
    }

    private static void createTopic(EmbeddedRocketMQBroker broker, String topic) {
        int colon = topic.lastIndexOf(':');
        if (colon < 0) {
            broker.createTopic(topic, DEFAULT_QUEUES);
            return;
        }
        broker.createTopic(topic.substring(0, colon), queues(topic, topic.substring(colon + 1)));
    }

    private static int queues(String topic, String number) {
        try {
            return Integer.parseInt(number);
        }
        catch (NumberFormatException ex) {
            throw new IllegalArgumentException("The topic '" + topic
                    + "' of @EmbeddedRocketMQ can't be read: write a name, or a name and a number of queues such as "
                    + "\"orders:8\".", ex);
        }
    }

}
