package io.reliablemq.rocketmq.delivery;

import java.lang.reflect.Array;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Collection;
import java.util.Date;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TimeZone;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * The text of a value that makes an idempotency key: the same for equal values, in every
 * delivery and on every node, and another one for others.
 * <p>
 * Text, numbers, enums, identifiers and times as they are written in Java; points in
 * time, {@link Date} and {@link Calendar} too, in UTC with all their digits; bytes in
 * hexadecimal. Lists, arrays, maps and records of such like their {@code toString()},
 * sets in braces, sets and maps sorted, and text that could be mistaken for their
 * punctuation in quotes. Other objects are asked for theirs if they have one and hold
 * nothing but such values. All else is refused.
 */
final class KeyText {

    private static final int DEEPEST = 8;

    private static final Pattern BARE = Pattern.compile("[^\\s\"\\\\,=\\[\\]{}]+([ ][^\\s\"\\\\,=\\[\\]{}]+)*");

    private static final Pattern MISTAKABLE = Pattern.compile("null|true|false|[-+]?[0-9].*");

    private KeyText() {
    }

    /**
     * Writes a value.
     * @throws IllegalArgumentException if its text may differ from copy to copy; the
     * message says what it is
     */
    static @Nullable String of(Object value) {
        Object content = (value instanceof Optional<?> optional) ? optional.orElse(null) : value;
        if (content == null) {
            return null;
        }
        return (content instanceof CharSequence || content instanceof char[]) ? plainText(content) : text(content, 0);
    }

    private static String plainText(Object text) {
        return (text instanceof char[] characters) ? new String(characters) : text.toString();
    }

    private static String text(@Nullable Object value, int depth) {
        if (value == null) {
            return "null";
        }
        if (depth > DEEPEST) {
            throw refused(value);
        }
        if (value instanceof CharSequence || value instanceof char[] || value instanceof Character) {
            return quoted(plainText(value));
        }
        String single = single(value);
        return (single != null) ? single : composed(value, depth);
    }

    private static @Nullable String single(Object value) {
        if (value instanceof Enum<?> constant) {
            return constant.name();
        }
        if (value instanceof Date date) {
            return instant(date).toString();
        }
        if (value instanceof Calendar calendar) {
            return calendar.toInstant().toString();
        }
        if (value instanceof ZonedDateTime time) {
            return time.toInstant().toString();
        }
        if (value instanceof OffsetDateTime time) {
            return time.toInstant().toString();
        }
        if (value instanceof TimeZone zone) {
            return zone.getID();
        }
        if (value instanceof byte[] bytes) {
            return HexFormat.of().formatHex(bytes);
        }
        return PlainValues.isPlain(value) ? value.toString() : null;
    }

    /** A date of SQL refuses to tell its instant. */
    @SuppressWarnings("JavaUtilDate")
    private static Instant instant(Date date) {
        try {
            return date.toInstant();
        }
        catch (UnsupportedOperationException ex) {
            return Instant.ofEpochMilli(date.getTime());
        }
    }

    private static String composed(Object value, int depth) {
        if (value instanceof Optional<?> optional) {
            return text(optional.orElse(null), depth + 1);
        }
        if (value.getClass().isArray()) {
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < Array.getLength(value); i++) {
                texts.add(text(Array.get(value, i), depth + 1));
            }
            return '[' + String.join(", ", texts) + ']';
        }
        if (value instanceof Collection<?> elements) {
            boolean ordered = value instanceof List || value instanceof Deque;
            List<String> texts = new ArrayList<>();
            elements.forEach((element) -> texts.add(text(element, depth + 1)));
            return ordered ? '[' + String.join(", ", texts) + ']'
                    : '{' + String.join(", ", texts.stream().sorted().toList()) + '}';
        }
        if (value instanceof Map<?, ?> map) {
            List<String> texts = new ArrayList<>();
            map.forEach((key, each) -> texts.add(text(key, depth + 1) + '=' + text(each, depth + 1)));
            return '{' + String.join(", ", texts.stream().sorted().toList()) + '}';
        }
        String record = value.getClass().isRecord() ? record(value, depth) : null;
        if (record != null) {
            return record;
        }
        if (!PlainValues.hasPlainText(value)) {
            throw refused(value);
        }
        return (depth == 0) ? value.toString() : quoted(value.toString());
    }

    /** {@code null} if it has a text of its own. */
    private static @Nullable String record(Object value, int depth) {
        List<String> usual = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        for (RecordComponent component : value.getClass().getRecordComponents()) {
            Object content = read(component.getAccessor(), value);
            usual.add(component.getName() + '=' + content);
            texts.add(component.getName() + '=' + text(content, depth + 1));
        }
        String name = value.getClass().getSimpleName();
        return value.toString().equals(name + '[' + String.join(", ", usual) + ']')
                ? name + '[' + String.join(", ", texts) + ']' : null;
    }

    private static @Nullable Object read(Method accessor, Object value) {
        try {
            accessor.setAccessible(true);
            return accessor.invoke(value);
        }
        catch (IllegalAccessException | InaccessibleObjectException | InvocationTargetException ex) {
            throw new IllegalArgumentException("a " + value.getClass().getTypeName() + ", which cannot be read", ex);
        }
    }

    private static String quoted(String text) {
        if (BARE.matcher(text).matches() && !MISTAKABLE.matcher(text).matches()) {
            return text;
        }
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    static IllegalArgumentException refused(Object value) {
        return new IllegalArgumentException("a " + value.getClass().getTypeName());
    }

}
