package io.reliablemq.rocketmq.delivery;

import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.ZoneId;
import java.time.chrono.ChronoLocalDate;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalAmount;
import java.util.Currency;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;

/**
 * Values whose own text says all of them, and nothing else.
 */
final class PlainValues {

    private static final int DEEPEST = 8;

    private static final List<Class<?>> TYPES = List.of(String.class, Character.class, Boolean.class, Byte.class,
            Short.class, Integer.class, Long.class, Float.class, Double.class, BigInteger.class, BigDecimal.class,
            AtomicInteger.class, AtomicLong.class, AtomicBoolean.class, UUID.class, URI.class, Locale.class,
            Currency.class, ZoneId.class, TemporalAmount.class);

    private PlainValues() {
    }

    /** A class of the JDK with a text that is fit. */
    static boolean isPlain(Object value) {
        return TYPES.stream().anyMatch((type) -> type.isInstance(value)) || isTime(value);
    }

    private static boolean isTime(Object value) {
        return value instanceof TemporalAccessor && (value.getClass().getName().startsWith("java.time.")
                || value instanceof ChronoLocalDate || value instanceof Enum);
    }

    /**
     * Whether an object of the application's has a text of its own, made of nothing but
     * plain values: a date or an array in it may show in the text.
     */
    static boolean hasPlainText(Object value) {
        return hasPlainText(value, 0);
    }

    private static boolean hasPlainText(@Nullable Object value, int depth) {
        if (value == null || isPlain(value) || value instanceof Enum) {
            return true;
        }
        if (value instanceof List<?> list && depth < DEEPEST) {
            return list.stream().allMatch((element) -> hasPlainText(element, depth + 1));
        }
        if (depth >= DEEPEST || isOfTheJdk(value.getClass()) || !hasTextOfItsOwn(value.getClass())) {
            return false;
        }
        for (Class<?> type = value.getClass(); type != null && type != Object.class; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers()) && !hasPlainText(read(field, value), depth + 1)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean isOfTheJdk(Class<?> type) {
        return type.isArray() || type.isSynthetic() || type.isHidden() || type.getClassLoader() == null
                || type.getClassLoader() == ClassLoader.getPlatformClassLoader();
    }

    /** Object's own says which copy it is, not what is in it. */
    private static boolean hasTextOfItsOwn(Class<?> type) {
        try {
            return type.getMethod("toString").getDeclaringClass() != Object.class;
        }
        catch (NoSuchMethodException ex) {
            throw new IllegalStateException(ex);
        }
    }

    /** What cannot be read is not plain. */
    private static @Nullable Object read(Field field, Object value) {
        if (field.getType().isPrimitive()) {
            return null;
        }
        try {
            field.setAccessible(true);
            return field.get(value);
        }
        catch (IllegalAccessException | InaccessibleObjectException ex) {
            return new Object();
        }
    }

}
