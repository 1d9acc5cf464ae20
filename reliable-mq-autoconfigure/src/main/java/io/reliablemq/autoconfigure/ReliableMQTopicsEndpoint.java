package io.reliablemq.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.ReliableMQException;
import io.reliablemq.topic.BrokerQueues;
import io.reliablemq.topic.GroupAdvice;
import io.reliablemq.topic.ResizeReport;
import io.reliablemq.topic.ResizeRequest;
import io.reliablemq.topic.TopicAdvisor;
import io.reliablemq.topic.TopicDeclaration;
import io.reliablemq.topic.TopicReport;
import io.reliablemq.topic.Topics;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * Endpoint of the topics that this application declares or consumes. Changing their
 * number of queues needs
 * {@code management.endpoint.reliablemqtopics.access: unrestricted}.
 */
@Endpoint(id = "reliablemqtopics", defaultAccess = Access.READ_ONLY)
public class ReliableMQTopicsEndpoint {

    private final Topics topics;

    private final @Nullable TopicAdvisor advisor;

    ReliableMQTopicsEndpoint(Topics topics, @Nullable TopicAdvisor advisor) {
        this.topics = topics;
        this.advisor = advisor;
    }

    /**
     * Returns all topics that are declared or consumed here.
     * @return one entry per topic
     */
    @ReadOperation
    public State state() {
        return new State(this.topics.known().stream().map(this::look).toList());
    }

    /**
     * Returns one topic.
     * @param topic its name
     * @return its state at the brokers
     */
    @ReadOperation
    public Topic topic(@Selector String topic) {
        return look(topic);
    }

    /**
     * Changes the number of queues. The request returns when that is done or abandoned,
     * at most after patience and settle; repeating the request continues from there.
     * @param topic name of the topic
     * @param queues queues on each broker
     * @param force whether to resize although ordering keys move
     * @param patience longest wait for consumers
     * @param settle how long removed queues must have received nothing
     * @param abandoned groups that are gone for good
     * @return the report
     */
    @WriteOperation
    public ResizeReport resize(@Selector String topic, int queues,
            @Nullable @org.springframework.lang.Nullable Boolean force,
            @Nullable @org.springframework.lang.Nullable Duration patience,
            @Nullable @org.springframework.lang.Nullable Duration settle,
            @Nullable @org.springframework.lang.Nullable Set<String> abandoned) {
        try {
            ResizeRequest request = ResizeRequest.of(topic, queues);
            if (force != null) {
                request = request.withForce(force);
            }
            if (patience != null) {
                request = request.withPatience(patience);
            }
            if (settle != null) {
                request = request.withSettle(settle);
            }
            if (abandoned != null) {
                request = request.withAbandoned(abandoned);
            }
            return this.topics.resize(request);
        }
        catch (InvalidConfigurationException ex) {
            throw new InvalidEndpointRequestException(String.valueOf(ex.getMessage()), ex.getDescription());
        }
    }

    private Topic look(String name) {
        TopicDeclaration declaration = this.topics.declared()
            .stream()
            .filter((it) -> it.name().equals(name))
            .findFirst()
            .orElse(null);
        Declared declared = (declaration != null) ? Declared.of(declaration) : null;
        try {
            TopicReport report = this.topics.describe(name);
            List<String> notes = new ArrayList<>(report.notes());
            if (declaration != null) {
                notes.addAll(this.topics.differences(declaration));
            }
            List<GroupAdvice> advice = (this.advisor != null && report.readQueues() > 0)
                    ? this.advisor.advise(name, report.readQueues()) : List.of();
            return new Topic(name, declared, report.brokers(), report.readQueues(), report.groups(), notes, advice);
        }
        catch (ReliableMQException ex) {
            return new Topic(name, declared, List.of(), 0, List.of(), List.of(String.valueOf(ex.getMessage())),
                    List.of());
        }
    }

    /**
     * All topics.
     *
     * @param topics one entry per topic
     */
    public record State(List<Topic> topics) {
    }

    /**
     * One topic.
     *
     * @param name its name
     * @param declared what this application declares, if it does
     * @param brokers its queues on each broker
     * @param readQueues queues that can be read, over all brokers; as many consumers of a
     * group can work concurrently
     * @param groups groups that consume it or have consumed it
     * @param notes irregularities, and values that could not be read
     * @param advice how many consumers and queues its groups need, as far as the backlog
     * probe monitors them
     */
    public record Topic(String name, @Nullable Declared declared, List<BrokerQueues> brokers, int readQueues,
            List<String> groups, List<String> notes, List<GroupAdvice> advice) {
    }

    /**
     * A declaration.
     *
     * @param queues queues on each broker
     * @param order whether messages are consumed in order
     * @param cluster the RocketMQ cluster
     */
    public record Declared(int queues, boolean order, @Nullable String cluster) {

        private static Declared of(TopicDeclaration declaration) {
            return new Declared(declaration.queues(), declaration.order(), declaration.cluster());
        }

    }

}
