package io.reliablemq.deadletter.jdbc;

import java.nio.charset.StandardCharsets;

import org.jspecify.annotations.Nullable;

/**
 * Shortens and cleans texts for the columns of short texts.
 */
final class LetterText {

    /** What a column of 255 characters, or of as many bytes, takes. */
    static final int SHORT = 255;

    private LetterText() {
    }

    /** With '?' for U+0000 and halves of surrogate pairs, which databases refuse. */
    static @Nullable String clean(@Nullable String text) {
        if (text == null) {
            return null;
        }
        StringBuilder clean = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                clean.append(c).append(text.charAt(++i));
            }
            else {
                clean.append((c == '\0' || Character.isSurrogate(c)) ? '?' : c);
            }
        }
        return clean.toString();
    }

    /** Clean, and at most {@value #SHORT} bytes of UTF-8. */
    static @Nullable String cleanShort(@Nullable String text) {
        String clean = clean(text);
        return (clean == null || fits(clean)) ? clean : cut(ascii(clean), SHORT);
    }

    private static boolean fits(String text) {
        return text.length() <= SHORT && text.getBytes(StandardCharsets.UTF_8).length <= SHORT;
    }

    /** With '?' for what is not ASCII: every database in every character set takes it. */
    static @Nullable String ascii(@Nullable String text) {
        return (text != null) ? text.replaceAll("[^\\x01-\\x7f]", "?") : null;
    }

    /** Clean, and at most so many characters. */
    static @Nullable String cut(@Nullable String text, int longest) {
        String clean = clean(text);
        return (clean == null || clean.length() <= longest) ? clean : clean(clean.substring(0, longest));
    }

}
