package io.reliablemq.test.contract;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs the same thing in several threads that start together.
 */
final class Concurrently {

    private Concurrently() {
    }

    static <T> List<T> run(int threads, Work<T> work) throws Exception {
        CyclicBarrier start = new CyclicBarrier(threads);
        List<Callable<T>> tasks = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int thread = i;
            tasks.add(() -> {
                start.await();
                return work.in(thread);
            });
        }
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<T> results = new ArrayList<>();
            for (Future<T> future : executor.invokeAll(tasks)) {
                results.add(get(future));
            }
            return results;
        }
        finally {
            executor.shutdownNow();
        }
    }

    static <T> T get(Future<T> future) throws Exception {
        try {
            return future.get(Polling.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        }
        catch (ExecutionException ex) {
            throw new AssertionError(ex.getCause());
        }
    }

    /** Whether it goes on for so long; a result that comes too early fails the caller. */
    static boolean isStillRunning(Future<?> future, long millis) throws Exception {
        try {
            future.get(millis, TimeUnit.MILLISECONDS);
            return false;
        }
        catch (TimeoutException ex) {
            return true;
        }
    }

    /** What to run. */
    @FunctionalInterface
    interface Work<T> {

        T in(int thread) throws Exception;

    }

}
