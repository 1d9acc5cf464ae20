package io.reliablemq.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;

import com.sun.management.ThreadMXBean;

/**
 * What the threads of this JVM have allocated up to now. Threads that end in between are
 * left out; those that consume live as long as their consumer.
 */
final class AllocatedBytes {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Map<Long, Long> byThread = new HashMap<>();

    private AllocatedBytes() {
    }

    static AllocatedBytes now() {
        AllocatedBytes now = new AllocatedBytes();
        long[] ids = THREADS.getAllThreadIds();
        long[] bytes = THREADS.getThreadAllocatedBytes(ids);
        for (int i = 0; i < ids.length; i++) {
            now.byThread.put(ids[i], Math.max(0, bytes[i]));
        }
        return now;
    }

    long since(AllocatedBytes earlier) {
        return this.byThread.entrySet()
            .stream()
            .mapToLong((each) -> each.getValue() - earlier.byThread.getOrDefault(each.getKey(), 0L))
            .sum();
    }

}
