package io.reliablemq.deadletter;

import java.io.PrintWriter;
import java.io.StringWriter;

import org.jspecify.annotations.Nullable;

/**
 * What a listener threw, bounded and without characters that a database refuses.
 *
 * @param exception class name, at most {@value #LONGEST_NAME} characters; {@code null} if
 * it is not known
 * @param message the exception's message, at most {@value #LONGEST_MESSAGE} characters
 * @param stackTrace the stack trace, at most {@value #LONGEST_TRACE} characters
 */
public record ParkingFailure(@Nullable String exception, @Nullable String message, @Nullable String stackTrace) {

    static final int LONGEST_NAME = 255;

    static final int LONGEST_MESSAGE = 1000;

    static final int LONGEST_TRACE = 8000;

    /**
     * Cuts what is too long.
     */
    public ParkingFailure {
        exception = fit(exception, LONGEST_NAME);
        message = fit(message, LONGEST_MESSAGE);
        stackTrace = fit(stackTrace, LONGEST_TRACE);
    }

    /**
     * Describes an exception.
     * @param failure what was thrown
     * @return its description
     */
    public static ParkingFailure of(Throwable failure) {
        String name = failure.getClass().getName();
        try {
            StringWriter trace = new StringWriter();
            failure.printStackTrace(new PrintWriter(trace));
            return new ParkingFailure(name, failure.getMessage(), trace.toString());
        }
        catch (RuntimeException | Error ex) {
            // Written by anybody: what it says about itself is no reason not to park.
            return new ParkingFailure(name, "It cannot be described: " + ex.getClass().getName(), null);
        }
    }

    static @Nullable String fit(@Nullable String text, int longest) {
        if (text == null) {
            return null;
        }
        StringBuilder fitting = new StringBuilder();
        for (int i = 0; i < text.length() && fitting.length() < longest; i++) {
            char c = text.charAt(i);
            // A surrogate pair may be cut in two, and drivers refuse the halves.
            fitting.append((c == '\0' || Character.isSurrogate(c)) ? '?' : c);
        }
        return fitting.toString();
    }

}
