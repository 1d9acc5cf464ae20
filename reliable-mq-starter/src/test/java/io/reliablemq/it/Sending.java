package io.reliablemq.it;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Sends from several threads.
 */
final class Sending {

    static final int THREADS = 8;

    private Sending() {
    }

    /** The keys of as many messages. */
    static List<String> keys(int count) {
        return IntStream.range(0, count).mapToObj((number) -> "m-" + number).toList();
    }

    /** Hands each thread an equal part and waits for all. */
    static void inParallel(List<String> keys, Part part) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> parts = new ArrayList<>();
            int size = (keys.size() + THREADS - 1) / THREADS;
            for (int from = 0; from < keys.size(); from += size) {
                List<String> some = keys.subList(from, Math.min(keys.size(), from + size));
                parts.add(threads.submit(() -> {
                    part.send(some);
                    return null;
                }));
            }
            for (Future<?> running : parts) {
                running.get(120, TimeUnit.SECONDS);
            }
        }
        finally {
            threads.shutdownNow();
        }
    }

    /** The same, without waiting. */
    static CompletableFuture<Void> inBackground(List<String> keys, Part part) {
        return CompletableFuture.runAsync(() -> {
            try {
                inParallel(keys, part);
            }
            catch (Exception ex) {
                throw new CompletionException(ex);
            }
        });
    }

    /** What one thread does. */
    @FunctionalInterface
    interface Part {

        void send(List<String> keys) throws Exception;

    }

}
