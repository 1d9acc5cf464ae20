package io.reliablemq.test;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * Runs a server's own shutdown and wakes the threads that it would wait seconds for
 * although they only sleep.
 */
final class FastShutdown {

    private static final Set<String> SLEEPERS = Set.of("NettyEventExecutor", "PopBufferMergeService");

    private static final String REVIVE_PREFIX = "PopReviveService";

    /** Threads that read or write the store for a client. */
    private static final Pattern REQUEST_THREAD = Pattern
        .compile("(\\w*Message|AdminBroker|EndTransaction|ClientManage|LoadBalanceProcessor)Thread_\\d+");

    private static final String STORE = "org.apache.rocketmq.store.DefaultMessageStore";

    private static final int LOOK_MILLIS = 5;

    private final ServerThreads threads;

    FastShutdown(ServerThreads threads) {
        this.threads = threads;
    }

    void run(ServerThreads.ThrowingRunnable shutdown) {
        ServerThreads.Running<Void> running = this.threads.start(shutdown);
        boolean interrupted = false;
        while (!running.future().isDone()) {
            wakeSleepers(running.thread());
            try {
                running.thread().join(LOOK_MILLIS);
            }
            catch (InterruptedException ex) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        ServerThreads.await(running);
    }

    private void wakeSleepers(Thread control) {
        this.threads.alive((thread) -> isSleeper(thread) && thread.getState() == Thread.State.TIMED_WAITING)
            .forEach(Thread::interrupt);
        if (isStorePausing(control) && this.threads.alive(FastShutdown::isServing).isEmpty()) {
            control.interrupt();
        }
    }

    private static boolean isSleeper(Thread thread) {
        return SLEEPERS.contains(thread.getName()) || thread.getName().startsWith(REVIVE_PREFIX);
    }

    private static boolean isServing(Thread thread) {
        return REQUEST_THREAD.matcher(thread.getName()).matches();
    }

    /**
     * The store sleeps for a fixed time before it closes, to let requests end.
     */
    private static boolean isStorePausing(Thread control) {
        if (control.getState() != Thread.State.TIMED_WAITING) {
            return false;
        }
        for (StackTraceElement element : control.getStackTrace()) {
            if (!element.getClassName().equals(Thread.class.getName())) {
                return element.getClassName().equals(STORE) && element.getMethodName().equals("shutdown");
            }
        }
        return false;
    }

}
