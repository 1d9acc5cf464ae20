package io.reliablemq.id;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

import io.reliablemq.Internal;
import org.jspecify.annotations.Nullable;

/**
 * Names of id spaces. Those who share the store that leases their worker ids share a
 * space, and draw no id twice within it; two spaces may draw the same numbers. So what
 * identifies a message is its id together with its space.
 */
@Internal
public final class IdSpace {

    /** Longest name, in characters, all of them ASCII. */
    public static final int MAX_LENGTH = 32;

    private static final Pattern VALID = Pattern.compile("[a-z0-9][a-z0-9-]{0," + (MAX_LENGTH - 1) + "}");

    private static final int RANDOM_LENGTH = 8;

    private static final int DIGEST_LENGTH = 7;

    private IdSpace() {
    }

    /**
     * Checks a name.
     * @param space the name, {@code null} for none
     * @return the same name
     * @throws IllegalArgumentException saying what a name looks like
     */
    public static @Nullable String check(@Nullable String space) {
        if (space != null && !isValid(space)) {
            throw new IllegalArgumentException("The id space '" + space + "' is none: use 1 to " + MAX_LENGTH
                    + " of a to z, 0 to 9 and '-', beginning with a letter or digit, for example 'orders'.");
        }
        return space;
    }

    /**
     * Whether a name can be used.
     * @param space the name
     * @return {@code true} if it can
     */
    public static boolean isValid(String space) {
        return VALID.matcher(space).matches();
    }

    /**
     * Draws a name for a new space: 41 bits of chance, so that of a thousand spaces no
     * two share one.
     * @return the name
     */
    public static String random() {
        StringBuilder name = new StringBuilder(RANDOM_LENGTH);
        for (int i = 0; i < RANDOM_LENGTH; i++) {
            name.append(
                    Character.forDigit(ThreadLocalRandom.current().nextInt(Character.MAX_RADIX), Character.MAX_RADIX));
        }
        return name.toString();
    }

    /**
     * Makes a name of another one, always the same. What cannot be part of a name is
     * replaced, and a digest keeps different names apart.
     * @param application for example an application's name
     * @return the name
     */
    public static String of(String application) {
        if (isValid(application)) {
            return application;
        }
        CRC32 digest = new CRC32();
        digest.update(application.getBytes(StandardCharsets.UTF_8));
        String end = Long.toString(digest.getValue(), Character.MAX_RADIX);
        String start = application.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-", "");
        int most = MAX_LENGTH - DIGEST_LENGTH - 1;
        String name = start.substring(0, Math.min(start.length(), most));
        return (name.isEmpty() || name.endsWith("-")) ? name.replaceAll("-$", "") + "x" + end : name + "-" + end;
    }

}
