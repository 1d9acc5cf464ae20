package io.reliablemq.test;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Predicate;

/**
 * The threads of one server. Threads inherit the group of the one that starts them, so
 * whatever a server starts while it runs in here can be told from the threads of other
 * servers and clients in the JVM.
 */
final class ServerThreads {

    private final ThreadGroup group;

    ServerThreads(String name) {
        this.group = new ThreadGroup(name);
    }

    /**
     * Runs a task on a thread of the group and waits for its end.
     * @param <T> type of the result
     * @param task what to run
     * @return what the task returned
     */
    <T> T call(Callable<T> task) {
        return await(start(task));
    }

    void run(ThrowingRunnable task) {
        await(start(task));
    }

    Running<Void> start(ThrowingRunnable task) {
        return start(() -> {
            task.run();
            return null;
        });
    }

    private <T> Running<T> start(Callable<T> task) {
        FutureTask<T> future = new FutureTask<>(task);
        Thread thread = new Thread(this.group, future, this.group.getName() + "-control");
        thread.setDaemon(true);
        thread.start();
        return new Running<>(thread, future);
    }

    static <T> T await(Running<T> running) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return running.future().get();
                }
                catch (InterruptedException ex) {
                    // Half-started or half-stopped would be worse than late.
                    interrupted = true;
                }
            }
        }
        catch (ExecutionException ex) {
            if (ex.getCause() instanceof EmbeddedBrokerException failure) {
                throw failure;
            }
            throw new EmbeddedBrokerException("The embedded broker failed: " + ex.getCause()
                    + ". The cause tells more; close the broker and start a new one.", ex.getCause());
        }
        finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    List<Thread> alive(Predicate<Thread> condition) {
        Thread[] threads = new Thread[this.group.activeCount() + 64];
        int found = this.group.enumerate(threads);
        return Arrays.stream(threads, 0, found).filter(condition).toList();
    }

    record Running<T>(Thread thread, FutureTask<T> future) {
    }

    @FunctionalInterface
    interface ThrowingRunnable {

        void run() throws Exception;

    }

}
