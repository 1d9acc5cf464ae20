package io.reliablemq.test;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * Shuts down the executors that RocketMQ's own shutdown forgets. They have no getter and
 * their threads would keep the JVM alive.
 */
final class ExecutorFields {

    private ExecutorFields() {
    }

    static void shutdownAll(@Nullable Object owner) {
        if (owner == null) {
            return;
        }
        for (Class<?> type = owner.getClass(); type != null && type != Object.class; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers()) && ExecutorService.class.isAssignableFrom(field.getType())
                        && read(owner, field) instanceof ExecutorService executor) {
                    executor.shutdownNow();
                }
            }
        }
    }

    static @Nullable Object read(Object owner, Class<?> type, String name) {
        try {
            return read(owner, type.getDeclaredField(name));
        }
        catch (NoSuchFieldException ex) {
            throw new EmbeddedBrokerException("This RocketMQ version has no field " + type.getName() + "." + name
                    + ". Use the version that this module names.", ex);
        }
    }

    private static @Nullable Object read(Object owner, Field field) {
        try {
            field.setAccessible(true);
            return field.get(owner);
        }
        catch (IllegalAccessException ex) {
            throw new EmbeddedBrokerException("The field " + field + " can't be read.", ex);
        }
    }

}
