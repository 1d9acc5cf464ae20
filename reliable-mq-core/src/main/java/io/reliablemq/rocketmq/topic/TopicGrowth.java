package io.reliablemq.rocketmq.topic;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import io.reliablemq.rocketmq.topic.TopicAdmin.Master;
import io.reliablemq.topic.ResizeRequest;
import org.apache.rocketmq.common.TopicConfig;
import org.jspecify.annotations.Nullable;

/**
 * Adds queues: offsets first, then reading, then writing. A group without an offset in a
 * queue begins where its own setting says, by default at the end as soon as the queue's
 * first messages are old; with one, it begins there. Nothing is written to a queue before
 * every broker lets it be read and every group has its place in it.
 * <p>
 * Ended anywhere, the same again completes it: offsets that exist are left alone, brokers
 * that have enough queues too, and queues that are written have been given their offsets
 * before.
 */
final class TopicGrowth {

    private final TopicAdmin admin;

    private final ConsumerMonitor consumers;

    private final RouteMonitor routes;

    private final Runnable nudge;

    private final ResizeRequest request;

    private final ResizeLog log;

    /** Where groups begin that have no offset. */
    private final Map<Master, Map<Integer, Long>> begins = new HashMap<>();

    private final Set<String> seeded = new TreeSet<>();

    TopicGrowth(TopicAdmin admin, ResizeRequest request, Runnable nudge, ResizeLog log) {
        this.admin = admin;
        this.consumers = new ConsumerMonitor(admin);
        this.routes = new RouteMonitor(admin);
        this.nudge = nudge;
        this.request = request;
        this.log = log;
    }

    void run(List<Master> masters) {
        int wanted = this.request.queues();
        masters.forEach((master) -> this.begins.put(master, begins(master)));
        seed(masters);
        for (Master master : masters) {
            TopicConfig config = this.admin.requireConfig(master);
            if (config.getReadQueueNums() < wanted) {
                this.admin.change(master, wanted, config.getWriteQueueNums(), false);
                this.log.step("Reading opened on " + master.broker() + ": " + config.getReadQueueNums() + " to "
                        + wanted + " queues.");
            }
        }
        awaitReaders(masters);
        seed(masters);
        for (Master master : masters) {
            TopicConfig config = this.admin.requireConfig(master);
            if (config.getWriteQueueNums() < wanted) {
                this.admin.change(master, config.getReadQueueNums(), wanted, false);
                this.log.step("Writing opened on " + master.broker() + ": " + config.getWriteQueueNums() + " to "
                        + wanted + " queues.");
            }
        }
        // For groups that came while writing was opened.
        seed(masters);
    }

    private Map<Integer, Long> begins(Master master) {
        TopicConfig config = this.admin.requireConfig(master);
        Map<Integer, Long> begins = new HashMap<>();
        int common = Math.min(config.getReadQueueNums(), config.getWriteQueueNums());
        for (int queue = common; queue < this.request.queues(); queue++) {
            // One that was read or written, not both, may hold messages that nobody has
            // read. What is in one that was closed has been read by those it was for.
            boolean halfOpen = queue < Math.max(config.getReadQueueNums(), config.getWriteQueueNums());
            begins.put(queue, halfOpen ? this.admin.minOffset(master, queue) : this.admin.maxOffset(master, queue));
        }
        return begins;
    }

    private void seed(List<Master> masters) {
        Set<String> groups = this.admin.groups(masters);
        groups.removeAll(this.seeded);
        for (String group : groups) {
            int places = 0;
            for (Master master : masters) {
                Integer noted = seed(master, group);
                if (noted == null) {
                    this.log.warn(master.broker() + " does not know group '" + this.admin.shown(group)
                            + "', so that no place could be noted for it there: it begins where its own setting"
                            + " says (consumeFromWhere).");
                }
                else {
                    places += noted;
                }
            }
            this.seeded.add(group);
            if (places > 0) {
                this.log.step("Group '" + this.admin.shown(group) + "' has its place in " + places + " new queues.");
            }
        }
    }

    /** How many places were noted; {@code null} if the broker does not know the group. */
    private @Nullable Integer seed(Master master, String group) {
        int noted = 0;
        for (Map.Entry<Integer, Long> begin : this.begins.getOrDefault(master, Map.of()).entrySet()) {
            if (this.admin.committed(master, group, begin.getKey()).isEmpty()) {
                if (!this.admin.commit(master, group, begin.getKey(), begin.getValue())) {
                    return null;
                }
                noted++;
            }
        }
        return noted;
    }

    private void awaitReaders(List<Master> masters) {
        long deadline = System.nanoTime() + this.request.patience().toNanos();
        if (!RouteMonitor.await(deadline,
                () -> this.routes.all(masters, (it) -> it.getReadQueueNums() >= this.request.queues()))) {
            this.log.warn("Not every name server has shown the new queues within " + this.request.patience()
                    + ". They are written all the same: no message is skipped, those in them wait until consumers see"
                    + " them.");
            return;
        }
        this.nudge.run();
        Set<String> waiting = new TreeSet<>(this.admin.groups(masters));
        boolean seen = RouteMonitor.await(deadline, () -> {
            waiting.removeIf((group) -> this.consumers.look(masters, group)
                .has(this.admin.fullName(), masters, this.request.queues()));
            return waiting.isEmpty();
        });
        if (!seen) {
            this.log.warn("The consumers of " + waiting.stream().map(this.admin::shown).toList()
                    + " have not taken the new queues within " + this.request.patience()
                    + ". They are written all the same: no message is skipped, those in them wait until consumers"
                    + " take them.");
        }
        this.log.step("Name servers show the new queues" + (seen ? ", consumers have taken them." : "."));
    }

}
