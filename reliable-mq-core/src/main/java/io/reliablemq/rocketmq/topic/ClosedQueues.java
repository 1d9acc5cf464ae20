package io.reliablemq.rocketmq.topic;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

import io.reliablemq.rocketmq.topic.TopicAdmin.Master;

/**
 * Messages in queues that nobody reads: of a topic that was made smaller too early, or
 * delayed ones that came into a queue after it was closed.
 */
final class ClosedQueues {

    /** So many queues without a message end the search. */
    private static final int GAP = 16;

    private final TopicAdmin admin;

    ClosedQueues(TopicAdmin admin) {
        this.admin = admin;
    }

    /** What is in them, in words. */
    List<String> look(List<Master> masters) {
        Set<String> groups = this.admin.groups(masters);
        List<String> found = new ArrayList<>();
        for (Master master : masters) {
            int read = this.admin.requireConfig(master).getReadQueueNums();
            int empty = 0;
            for (int queue = read; empty < GAP; queue++) {
                long end = this.admin.maxOffset(master, queue);
                empty = (end == 0) ? empty + 1 : 0;
                long begin = (end == 0) ? 0 : this.admin.minOffset(master, queue);
                for (String group : (end > begin) ? groups : Set.<String>of()) {
                    OptionalLong committed = this.admin.committed(master, group, queue);
                    long left = end - Math.max(begin, committed.orElse(end));
                    if (left > 0) {
                        found.add("Queue " + queue + " on " + master.broker() + " is closed and holds " + left
                                + " messages that group '" + this.admin.shown(group)
                                + "' has not consumed: make the topic " + (queue + 1)
                                + " queues large again to have them read.");
                    }
                }
            }
        }
        return found;
    }

}
