package io.reliablemq.producer;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Executor;

import org.jspecify.annotations.Nullable;

/**
 * Runs tasks that share topic and ordering key one after another, in the order in which
 * they came.
 */
class OrderedLanes {

    private final Executor executor;

    private final Map<Lane, Queue<Runnable>> waiting = new HashMap<>();

    OrderedLanes(Executor executor) {
        this.executor = executor;
    }

    void execute(String topic, String orderingKey, Runnable task) {
        Lane lane = new Lane(topic, orderingKey);
        synchronized (this.waiting) {
            Queue<Runnable> queue = this.waiting.get(lane);
            if (queue != null) {
                queue.add(task);
                return;
            }
            this.waiting.put(lane, new ArrayDeque<>());
        }
        start(lane, task);
    }

    private void start(Lane lane, Runnable task) {
        this.executor.execute(() -> {
            try {
                task.run();
            }
            finally {
                Runnable next = next(lane);
                if (next != null) {
                    start(lane, next);
                }
            }
        });
    }

    private @Nullable Runnable next(Lane lane) {
        synchronized (this.waiting) {
            Queue<Runnable> queue = this.waiting.get(lane);
            Runnable next = (queue != null) ? queue.poll() : null;
            if (next == null) {
                this.waiting.remove(lane);
            }
            return next;
        }
    }

    private record Lane(String topic, String orderingKey) {
    }

}
