package io.reliablemq.rocketmq.topic;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

import io.reliablemq.rocketmq.topic.TopicAdmin.Master;
import io.reliablemq.topic.ResizeRequest;
import org.apache.rocketmq.common.TopicConfig;
import org.jspecify.annotations.Nullable;

/**
 * Takes queues away: writing ends first, then everyone reads to the end, then reading
 * ends. A queue that got a message in the last moment is opened for reading again.
 * <p>
 * Ended anywhere, queues are read as long as something is in them, and the same again
 * completes it.
 */
final class TopicShrink {

    /** Between acknowledging a message and showing it, a broker takes milliseconds. */
    private static final int LAST_LOOKS = 3;

    private final TopicAdmin admin;

    private final RouteMonitor routes;

    private final ResizeRequest request;

    private final Set<String> unseen;

    private final ResizeLog log;

    /**
     * Creates it.
     * @param admin tells the brokers
     * @param request what to do
     * @param unseen groups whose offsets no broker knows
     * @param log what is done
     */
    TopicShrink(TopicAdmin admin, ResizeRequest request, Set<String> unseen, ResizeLog log) {
        this.admin = admin;
        this.routes = new RouteMonitor(admin);
        this.request = request;
        this.unseen = unseen;
        this.log = log;
    }

    /** Whether all is done. */
    boolean run(List<Master> masters) {
        int wanted = this.request.queues();
        for (Master master : masters) {
            TopicConfig config = this.admin.requireConfig(master);
            if (config.getWriteQueueNums() > wanted) {
                this.admin.change(master, config.getReadQueueNums(), wanted, false);
                this.log.step("Writing closed on " + master.broker() + ": " + config.getWriteQueueNums() + " to "
                        + wanted + " queues.");
            }
        }
        Map<Place, Long> ends = awaitDrained(masters);
        if (ends == null) {
            return false;
        }
        for (Master master : masters) {
            if (!closeReading(master, ends)) {
                return false;
            }
        }
        return true;
    }

    /** Where the queues end; {@code null} if they were not drained in time. */
    private @Nullable Map<Place, Long> awaitDrained(List<Master> masters) {
        long begin = System.nanoTime();
        long deadline = begin + this.request.settle().plus(this.request.patience()).toNanos();
        boolean shown = RouteMonitor.await(deadline,
                () -> this.routes.all(masters, (it) -> it.getWriteQueueNums() <= this.request.queues()));
        Map<Place, Long> ends = Map.of();
        long since = System.nanoTime();
        List<String> waiting = List.of();
        while (shown) {
            Map<Place, Long> now = ends(masters);
            if (!now.equals(ends)) {
                ends = now;
                since = System.nanoTime();
            }
            waiting = undrained(masters, now);
            if (waiting.isEmpty() && System.nanoTime() - since >= this.request.settle().toNanos()) {
                this.log.step("The queues to go are drained, and nobody has written to them for "
                        + this.request.settle() + ".");
                return ends;
            }
            if (System.nanoTime() - deadline >= 0) {
                break;
            }
            RouteMonitor.pause();
        }
        if (waiting.isEmpty()) {
            this.log.warn(shown
                    ? "Messages have still come to the queues to go: a producer has not asked for the" + " route again."
                    : "Not every name server has shown that writing is closed.");
        }
        waiting.forEach(this.log::warn);
        this.log.warn("The queues to go are still read. Send the same request again to go on.");
        return null;
    }

    private boolean closeReading(Master master, Map<Place, Long> ends) {
        TopicConfig config = this.admin.requireConfig(master);
        int before = config.getReadQueueNums();
        if (before <= this.request.queues()) {
            return true;
        }
        this.admin.change(master, this.request.queues(), this.request.queues(), false);
        this.log
            .step("Reading closed on " + master.broker() + ": " + before + " to " + this.request.queues() + " queues.");
        for (int look = 0; look < LAST_LOOKS; look++) {
            for (Map.Entry<Place, Long> end : ends.entrySet()) {
                int queue = end.getKey().queue();
                if (end.getKey().master().equals(master) && this.admin.maxOffset(master, queue) > end.getValue()) {
                    this.admin.change(master, before, this.request.queues(), false);
                    this.log.warn("Queue " + queue + " on " + master.broker() + " got a message in the last moment, so"
                            + " reading was opened again. Send the same request again to go on.");
                    return false;
                }
            }
            RouteMonitor.pause();
        }
        return true;
    }

    /** What waits in the queues to go for a group, in words. */
    List<String> undrained(List<Master> masters, String group) {
        return this.request.abandoned().contains(this.admin.shown(group)) ? List.of() : undrained(group, ends(masters));
    }

    private List<String> undrained(List<Master> masters, Map<Place, Long> ends) {
        return groups(masters).stream().flatMap((group) -> undrained(group, ends).stream()).toList();
    }

    private List<String> undrained(String group, Map<Place, Long> ends) {
        Map<String, Long> messages = new TreeMap<>();
        ends.forEach((place, end) -> {
            long left = left(group, place, end);
            if (left > 0) {
                messages.merge(place.master().broker(), left, Long::sum);
            }
        });
        List<String> waiting = new ArrayList<>();
        messages.forEach((broker, left) -> waiting.add("Group '" + this.admin.shown(group) + "' has not consumed "
                + left + " messages in the queues to go on " + broker + "."));
        return waiting;
    }

    private Set<String> groups(List<Master> masters) {
        Set<String> groups = this.admin.groups(masters);
        groups.removeAll(this.unseen);
        groups.removeIf((group) -> this.request.abandoned().contains(this.admin.shown(group)));
        return groups;
    }

    private long left(String group, Place place, long end) {
        OptionalLong committed = this.admin.committed(place.master(), group, place.queue());
        long begin = this.admin.minOffset(place.master(), place.queue());
        return end - Math.max(begin, committed.orElse(begin));
    }

    private Map<Place, Long> ends(List<Master> masters) {
        Map<Place, Long> ends = new HashMap<>();
        for (Master master : masters) {
            int read = this.admin.requireConfig(master).getReadQueueNums();
            for (int queue = this.request.queues(); queue < read; queue++) {
                ends.put(new Place(master, queue), this.admin.maxOffset(master, queue));
            }
        }
        return ends;
    }

    /** A queue. */
    private record Place(Master master, int queue) {
    }

}
