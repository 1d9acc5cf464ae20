package io.reliablemq.rocketmq.delivery;

import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import io.reliablemq.InvalidConfigurationException;

/**
 * Virtual threads, on JVMs that have them.
 */
final class VirtualThreads {

    private VirtualThreads() {
    }

    /** Needs no closing: it has no threads but those of its tasks. */
    public static ExecutorService executor(String group) {
        try {
            return (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        }
        catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException
                | UnsupportedOperationException ex) {
            throw new InvalidConfigurationException(
                    "reliable-mq.listeners.\"[" + group + "]\".virtual-threads is true, but Java "
                            + Runtime.version().feature() + " has no virtual threads.",
                    "Run the application on Java 21 or later, or remove the property and set threads.");
        }
    }

}
