package io.reliablemq.topic;

import java.time.Duration;
import java.util.List;

import io.reliablemq.backlog.BacklogProbe;
import io.reliablemq.backlog.FlowRates;
import io.reliablemq.backlog.GroupBacklog;
import io.reliablemq.concurrency.ListenerControl;
import io.reliablemq.concurrency.ListenerLoad;
import io.reliablemq.concurrency.TunableListener;

/**
 * Feeds {@link ScaleAdvice} with what was measured: rates and backlog by the probe's last
 * poll, the listener's time and threads by this instance, taken to be like the others.
 */
public final class TopicAdvisor {

    /** Fewer deliveries say little about how long one takes. */
    private static final long FEW = 20;

    private final BacklogProbe probe;

    private final ListenerControl listeners;

    /**
     * Creates the advisor.
     * @param probe knows rates and backlogs
     * @param listeners the listeners of this instance
     */
    public TopicAdvisor(BacklogProbe probe, ListenerControl listeners) {
        this.probe = probe;
        this.listeners = listeners;
    }

    /**
     * Advises each group of a topic that the probe watches.
     * @param topic name of the topic
     * @param queues queues that can be read, over all brokers; at least 1
     * @return one entry per group
     */
    public List<GroupAdvice> advise(String topic, int queues) {
        return this.probe.latest()
            .groups()
            .stream()
            .filter((it) -> it.topic().equals(topic))
            .map((it) -> advise(it, queues))
            .toList();
    }

    private GroupAdvice advise(GroupBacklog backlog, int queues) {
        FlowRates rates = backlog.rates();
        if (rates == null) {
            return missing(backlog, "Rates are known from the second poll on.");
        }
        TunableListener listener = this.listeners.find(backlog.group())
            .stream()
            .filter((it) -> it.topic().equals(backlog.topic()))
            .findFirst()
            .orElse(null);
        if (listener == null) {
            return missing(backlog, "This application has no listener of the group, so that it does not know how long"
                    + " a message takes: ask one that has.");
        }
        ListenerLoad load = listener.load();
        if (load.completed() < FEW) {
            return missing(backlog, "This instance has processed " + load.completed() + " messages, too few to know"
                    + " how long one takes.");
        }
        Integer threads = listener.tuning().threads();
        Workload workload = Workload
            .of(Math.max(0, rates.arrival()), Duration.ofNanos(load.busyNanos() / load.completed()))
            .with((threads != null) ? threads : 1, backlog.consumers(), queues)
            .withOrdered(listener.ordered());
        workload = workload.withBacklog(Math.max(0, backlog.messages()), workload.drainWithin());
        return new GroupAdvice(backlog.group(), workload, ScaleAdvice.of(workload), null);
    }

    private static GroupAdvice missing(GroupBacklog backlog, String what) {
        return new GroupAdvice(backlog.group(), null, null, what);
    }

}
