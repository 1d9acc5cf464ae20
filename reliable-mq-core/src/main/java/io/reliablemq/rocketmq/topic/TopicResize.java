package io.reliablemq.rocketmq.topic;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import io.reliablemq.ReliableMQException;
import io.reliablemq.rocketmq.topic.ConsumerMonitor.Sight;
import io.reliablemq.rocketmq.topic.TopicAdmin.Master;
import io.reliablemq.topic.BrokerQueues;
import io.reliablemq.topic.ResizeOutcome;
import io.reliablemq.topic.ResizeReport;
import io.reliablemq.topic.ResizeRequest;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;

/**
 * One change of a topic's number of queues: what speaks against it, then the growth and
 * the shrinking that it takes.
 */
final class TopicResize {

    private final TopicAdmin admin;

    private final ConsumerMonitor consumers;

    private final ResizeRequest request;

    private final boolean declaredOrdered;

    private final Runnable nudge;

    private final ResizeLog log;

    private final Set<String> unseen = new TreeSet<>();

    TopicResize(TopicAdmin admin, ResizeRequest request, boolean declaredOrdered, Runnable nudge, ResizeLog log) {
        this.admin = admin;
        this.consumers = new ConsumerMonitor(admin);
        this.request = request;
        this.declaredOrdered = declaredOrdered;
        this.nudge = nudge;
        this.log = log;
    }

    ResizeReport run() {
        List<BrokerQueues> before = List.of();
        List<Master> masters = List.of();
        try {
            TopicRouteData route = this.admin.route();
            if (route == null || route.getBrokerDatas().isEmpty()) {
                this.log.warn("No broker has the topic. Create it, or check its name and the namespace.");
                return report(ResizeOutcome.REFUSED, before, before);
            }
            masters = TopicAdmin.masters(route);
            before = queues(masters);
            ResizeOutcome outcome = run(route, masters, before);
            if (outcome == ResizeOutcome.DONE || outcome == ResizeOutcome.UNCHANGED) {
                new ClosedQueues(this.admin).look(masters).forEach(this.log::warn);
            }
            return report(outcome, before, queues(masters));
        }
        catch (ReliableMQException ex) {
            if (Thread.currentThread().isInterrupted()) {
                throw ex;
            }
            this.log.warn(String.valueOf(ex.getMessage()));
            this.log.warn("No message is lost by what was done so far. Send the same request again to go on.");
            return report(ResizeOutcome.INCOMPLETE, before, queuesIfKnown(masters));
        }
    }

    private ResizeOutcome run(TopicRouteData route, List<Master> masters, List<BrokerQueues> before) {
        int wanted = this.request.queues();
        boolean grows = before.stream().anyMatch((it) -> it.read() < wanted || it.write() < wanted);
        boolean shrinks = before.stream().anyMatch((it) -> it.read() > wanted || it.write() > wanted);
        if (!grows && !shrinks) {
            return ResizeOutcome.UNCHANGED;
        }
        List<Sight> groups = this.admin.groups(masters)
            .stream()
            .map((group) -> this.consumers.look(masters, group))
            .toList();
        TopicShrink shrink = new TopicShrink(this.admin, this.request, this.unseen, this.log);
        List<String> against = new ArrayList<>(structure(route));
        List<String> risks = new ArrayList<>(order(masters, groups));
        if (shrinks) {
            broadcasts(groups);
            for (Sight group : groups) {
                if (group.consumers() == 0) {
                    shrink.undrained(masters, group.group())
                        .forEach((it) -> against.add(it + " None of its consumers is alive: start one, or name the"
                                + " group as abandoned."));
                }
            }
            long delayed = masters.stream().mapToLong(this.admin::delayed).sum();
            if (delayed > 0) {
                risks.add(delayed + " delayed messages are under way to this topic. Their queues are fixed already, and"
                        + " what comes into a closed queue is not read. Wait until they are due.");
            }
        }
        if (!this.request.force()) {
            risks.forEach((it) -> against.add(it + " Force it if that does no harm."));
        }
        if (!against.isEmpty()) {
            against.forEach(this.log::warn);
            return ResizeOutcome.REFUSED;
        }
        risks.forEach(this.log::warn);
        if (grows) {
            new TopicGrowth(this.admin, this.request, this.nudge, this.log).run(masters);
        }
        return (!shrinks || shrink.run(masters)) ? ResizeOutcome.DONE : ResizeOutcome.NOT_DRAINED;
    }

    private List<String> structure(TopicRouteData route) {
        List<String> against = new ArrayList<>();
        TopicAdmin.headless(route)
            .forEach((broker) -> against.add("Broker " + broker + " has no master now: wait until all brokers that have"
                    + " the topic can be told."));
        if (route.getTopicQueueMappingByBroker() != null && !route.getTopicQueueMappingByBroker().isEmpty()) {
            against.add("It is a static topic: change it with RocketMQ's own tools (updateStaticTopic).");
        }
        if (route.getOrderTopicConf() != null && !route.getOrderTopicConf().isBlank()) {
            against.add("The name server has an order configuration for it (" + route.getOrderTopicConf()
                    + "), which decides what producers write to: change that with RocketMQ's own tools.");
        }
        return against;
    }

    private List<String> order(List<Master> masters, List<Sight> groups) {
        List<String> reasons = new ArrayList<>();
        if (this.declaredOrdered) {
            reasons.add("it is declared as ordered");
        }
        if (masters.stream().map(this.admin::requireConfig).anyMatch(TopicConfig::isOrder)) {
            reasons.add("its brokers have it as ordered");
        }
        List<String> ordered = groups.stream()
            .filter(Sight::ordered)
            .map((group) -> this.admin.shown(group.group()))
            .toList();
        if (!ordered.isEmpty()) {
            reasons.add("groups consume it in order: " + ordered);
        }
        return reasons.isEmpty() ? List.of()
                : List.of("Ordering keys would move to other queues (" + String.join("; ", reasons)
                        + "): messages of one key could overtake each other as long as earlier ones wait in its old"
                        + " queue. Stop the senders and wait until everything is consumed.");
    }

    private void broadcasts(List<Sight> groups) {
        groups.stream().filter(Sight::broadcasting).map(Sight::group).forEach((group) -> {
            this.unseen.add(group);
            this.log.warn("Group '" + this.admin.shown(group) + "' is broadcasting: each consumer keeps its own"
                    + " offsets, so that nobody can see what it has not read in the queues to go.");
        });
    }

    private List<BrokerQueues> queues(List<Master> masters) {
        return masters.stream().map((master) -> {
            TopicConfig config = this.admin.requireConfig(master);
            return new BrokerQueues(master.broker(), config.getReadQueueNums(), config.getWriteQueueNums());
        }).toList();
    }

    private List<BrokerQueues> queuesIfKnown(List<Master> masters) {
        List<BrokerQueues> known = new ArrayList<>();
        for (Master master : masters) {
            try {
                known.addAll(queues(List.of(master)));
            }
            catch (ReliableMQException ex) {
                this.log.warn("What " + master.broker() + " has now is not known.");
            }
        }
        return known;
    }

    private ResizeReport report(ResizeOutcome outcome, List<BrokerQueues> before, List<BrokerQueues> after) {
        return new ResizeReport(this.request.topic(), this.request.queues(), outcome, before, after, this.log.steps(),
                this.log.warnings());
    }

}
