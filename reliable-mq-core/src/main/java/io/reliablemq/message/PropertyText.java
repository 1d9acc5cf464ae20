package io.reliablemq.message;

import io.reliablemq.Internal;
import org.jspecify.annotations.Nullable;

/**
 * What text may be to arrive as it was written: through RocketMQ's properties, through
 * UTF-8, and through the tables of every supported database. Names and values of headers,
 * keys, tags and ordering keys become properties, and so does whatever the library adds
 * to a message.
 */
@Internal
public final class PropertyText {

    /** RocketMQ writes properties one after another, without escaping what separates. */
    private static final String SEPARATORS = "\u0001\u0002";

    private PropertyText() {
    }

    /**
     * Says why a text cannot be the name or the value of a property.
     * @param text the text
     * @return what it is or contains, to be put behind its name; {@code null} if it
     * arrives as it is
     */
    public static @Nullable String flaw(@Nullable String text) {
        if (text == null || isBlank(text)) {
            return "is null or blank (control characters count as blanks), which RocketMQ refuses";
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                return "contains the control character U+0000, which PostgreSQL cannot store";
            }
            if (SEPARATORS.indexOf(c) >= 0) {
                return "contains a control character (U+0001 or U+0002) that RocketMQ uses as a separator";
            }
            if (Character.isSurrogate(c)) {
                if (!isPair(text, i)) {
                    return "contains one half of a surrogate pair, which UTF-8 cannot carry";
                }
                i++;
            }
        }
        return null;
    }

    /**
     * The client's predicate, which takes all up to U+0020 for blanks, and Unicode's,
     * which knows more of them.
     */
    static boolean isBlank(String text) {
        return text.isBlank() || text.trim().isEmpty();
    }

    /** RocketMQ and this library split lists of keys there, or trim them. */
    static boolean containsWhitespaceOrControl(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isWhitespace(c) || Character.isISOControl(c)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isPair(String text, int first) {
        return Character.isHighSurrogate(text.charAt(first)) && first + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(first + 1));
    }

}
