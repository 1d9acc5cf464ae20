package io.reliablemq.producer;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Executor;

import org.jspecify.annotations.Nullable;

/**
 * Runs sends that share topic and ordering key one after another, in the order in which
 * they came.
 */
class OrderedLanes {

    private final Executor executor;

    private final Map<Lane, Queue<AsyncSend>> waiting = new HashMap<>();

    OrderedLanes(Executor executor) {
        this.executor = executor;
    }

    void execute(String topic, String orderingKey, AsyncSend send) {
        Lane lane = new Lane(topic, orderingKey);
        synchronized (this.waiting) {
            Queue<AsyncSend> queue = this.waiting.get(lane);
            if (queue != null) {
                queue.add(send);
                return;
            }
            this.waiting.put(lane, new ArrayDeque<>());
        }
        start(lane, send);
    }

    /** Where no thread can be had, a send fails and holds up none behind it. */
    private void start(Lane lane, AsyncSend first) {
        for (AsyncSend send = first; send != null; send = next(lane)) {
            AsyncSend task = send;
            try {
                this.executor.execute(() -> run(lane, task));
                return;
            }
            catch (Throwable ex) {
                task.refuse(ex);
            }
        }
    }

    private void run(Lane lane, AsyncSend send) {
        try {
            send.run();
        }
        finally {
            AsyncSend next = next(lane);
            if (next != null) {
                start(lane, next);
            }
        }
    }

    private @Nullable AsyncSend next(Lane lane) {
        synchronized (this.waiting) {
            Queue<AsyncSend> queue = this.waiting.get(lane);
            AsyncSend next = (queue != null) ? queue.poll() : null;
            if (next == null) {
                this.waiting.remove(lane);
            }
            return next;
        }
    }

    private record Lane(String topic, String orderingKey) {
    }

}
