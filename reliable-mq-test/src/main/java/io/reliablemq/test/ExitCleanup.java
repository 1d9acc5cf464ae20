package io.reliablemq.test;

import org.jspecify.annotations.Nullable;

/**
 * Deletes a temporary store when the JVM ends without the broker having been closed. The
 * broker itself is left running until the JVM is gone: applications that shut down at the
 * same time still need it.
 */
final class ExitCleanup {

    private final @Nullable Thread hook;

    private ExitCleanup(@Nullable Thread hook) {
        this.hook = hook;
    }

    static ExitCleanup register(StoreDirectory store) {
        if (!store.isTemporary()) {
            return new ExitCleanup(null);
        }
        Thread hook = new Thread(store::deleteFiles, "embedded-broker-cleanup");
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        }
        catch (IllegalStateException ex) {
            // The JVM is ending already; what is left goes away at the next start.
            return new ExitCleanup(null);
        }
        return new ExitCleanup(hook);
    }

    void cancel() {
        if (this.hook == null) {
            return;
        }
        try {
            Runtime.getRuntime().removeShutdownHook(this.hook);
        }
        catch (IllegalStateException ex) {
            // The JVM is ending: the hook runs now and finds nothing.
            return;
        }
    }

}
