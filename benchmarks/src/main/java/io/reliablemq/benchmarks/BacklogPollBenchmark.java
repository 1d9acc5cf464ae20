package io.reliablemq.benchmarks;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.backlog.BacklogOptions;
import io.reliablemq.backlog.BacklogRecords;
import io.reliablemq.backlog.BacklogSnapshot;
import io.reliablemq.benchmarks.report.Series;
import io.reliablemq.rocketmq.Clusters;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.backlog.RocketMQBacklogProbe;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.header.UpdateConsumerOffsetRequestHeader;
import org.apache.rocketmq.remoting.protocol.subscription.SubscriptionGroupConfig;

/**
 * What a poll of ten groups with four topics of eight queues each costs here and at the
 * broker, when one message was consumed and one waits in every queue for every group.
 */
final class BacklogPollBenchmark {

    private static final int GROUPS = 10;

    private static final int TOPICS = 4;

    private static final int QUEUES = 8;

    private static final int WARM_UP = 20;

    private static final long TIMEOUT_MILLIS = 3000;

    private static final int POLLS = 100;

    private BacklogPollBenchmark() {
    }

    static void run(int rounds) throws Exception {
        List<String> topics = new ArrayList<>();
        for (int i = 0; i < TOPICS; i++) {
            topics.add("backlog-" + i);
        }
        try (BrokerProcess broker = BrokerProcess.start(topics.toArray(String[]::new))) {
            DefaultMQProducer producer = new DefaultMQProducer("backlog-poll");
            producer.setNamesrvAddr(broker.nameServer());
            producer.start();
            for (String topic : topics) {
                for (MessageQueue queue : producer.fetchPublishMessageQueues(topic)) {
                    producer.send(new Message(topic, "m".getBytes(StandardCharsets.UTF_8)), queue);
                    producer.send(new Message(topic, "m".getBytes(StandardCharsets.UTF_8)), queue);
                    for (int i = 0; i < GROUPS; i++) {
                        commit(producer, "group-" + i, queue);
                    }
                }
            }
            poll(broker, producer, topics, rounds);
            producer.shutdown();
        }
    }

    @SuppressWarnings("deprecation")
    private static void commit(DefaultMQProducer producer, String group, MessageQueue queue) throws Exception {
        MQClientInstance client = producer.getDefaultMQProducerImpl().getMqClientFactory();
        UpdateConsumerOffsetRequestHeader header = new UpdateConsumerOffsetRequestHeader();
        header.setConsumerGroup(group);
        header.setTopic(queue.getTopic());
        header.setQueueId(queue.getQueueId());
        header.setCommitOffset(1L);
        String address = client.findBrokerAddressInPublish(queue.getBrokerName());
        SubscriptionGroupConfig config = new SubscriptionGroupConfig();
        config.setGroupName(group);
        client.getMQClientAPIImpl().createSubscriptionGroup(address, config, TIMEOUT_MILLIS);
        client.getMQClientAPIImpl().updateConsumerOffset(address, header, TIMEOUT_MILLIS);
    }

    private static void poll(BrokerProcess broker, DefaultMQProducer producer, List<String> topics, int rounds) {
        Map<String, List<String>> groups = new LinkedHashMap<>();
        for (int i = 0; i < GROUPS; i++) {
            groups.put("group-" + i, topics);
        }
        try (RocketMQBacklogProbe probe = new RocketMQBacklogProbe(
                new Clusters(() -> Map.of("default", producer), null, new ListenerRegistry()), new ListenerRegistry(),
                groups, List::of, BacklogRecords.none(), BacklogOptions.defaults(), new SimpleMeterRegistry(),
                Clock.systemUTC())) {
            for (int i = 0; i < WARM_UP; i++) {
                check(probe.refresh());
            }
            for (int round = 1; round <= rounds; round++) {
                List<Double> millis = new ArrayList<>();
                int questions = 0;
                long here = cpuNanos();
                long there = broker.cpuNanos();
                for (int i = 0; i < POLLS; i++) {
                    BacklogSnapshot snapshot = check(probe.refresh());
                    millis.add(snapshot.cost().toNanos() / 1e6);
                    questions = snapshot.questions();
                }
                System.out.printf(
                        "backlog-poll: %d groups x %d topics x %d queues, %d questions: median %.1f ms (%.1f to %.1f),"
                                + " CPU here %.1f ms, at the broker %.1f ms per poll%n",
                        GROUPS, TOPICS, QUEUES, questions, Series.median(millis), Collections.min(millis),
                        Collections.max(millis), (cpuNanos() - here) / 1e6 / POLLS,
                        (broker.cpuNanos() - there) / 1e6 / POLLS);
            }
        }
    }

    private static BacklogSnapshot check(BacklogSnapshot snapshot) {
        long messages = snapshot.groups().stream().mapToLong((it) -> it.messages()).sum();
        if (messages != GROUPS * TOPICS * QUEUES || !snapshot.problems().isEmpty()) {
            throw new IllegalStateException(messages + " messages wait; " + snapshot.problems());
        }
        return snapshot;
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getProcessCpuTime();
    }

}
