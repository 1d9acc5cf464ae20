package io.reliablemq.autoconfigure;

import java.security.Principal;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.reliablemq.ReliableMQException;
import io.reliablemq.deadletter.DeadLetter;
import io.reliablemq.deadletter.DeadLetterFilter;
import io.reliablemq.deadletter.DeadLetterStatus;
import io.reliablemq.deadletter.DeadLetters;
import io.reliablemq.deadletter.ReplayOptions;
import io.reliablemq.deadletter.ReplayReport;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * Endpoint of parked messages: find, replay, discard, drain. Reading is allowed by
 * default; for the rest raise {@code management.endpoint.reliablemqdeadletters.access}.
 * Optional parameters carry two annotations, because Spring Boot 3 and 4 use different
 * ones.
 */
@Endpoint(id = "reliablemqdeadletters", defaultAccess = Access.READ_ONLY)
public class ReliableMQDeadLettersEndpoint {

    private static final int PAGE = 50;

    private static final int LARGEST_PAGE = 1000;

    private static final int LARGEST_RUN = 10_000;

    private static final int DRAINED = 1000;

    private final DeadLetters deadLetters;

    private final PayloadVisibility showPayload;

    /**
     * Creates the endpoint.
     * @param deadLetters the letters
     * @param showPayload when payloads and headers are shown
     */
    public ReliableMQDeadLettersEndpoint(DeadLetters deadLetters, PayloadVisibility showPayload) {
        this.deadLetters = deadLetters;
        this.showPayload = showPayload;
    }

    /**
     * Finds and counts letters, first parked first.
     * @param group consumer group
     * @param topic topic of the message
     * @param exception class of the exception, with or without its package
     * @param status status of the letter
     * @param from parked at or after, as in 2026-01-31T12:00:00Z
     * @param to parked before
     * @param after {@code next} of the previous page
     * @param limit most letters to return
     * @return the page
     */
    @ReadOperation
    public Object deadLetters(@org.springframework.lang.Nullable @Nullable String group,
            @org.springframework.lang.Nullable @Nullable String topic,
            @org.springframework.lang.Nullable @Nullable String exception,
            @org.springframework.lang.Nullable @Nullable DeadLetterStatus status,
            @org.springframework.lang.Nullable @Nullable String from,
            @org.springframework.lang.Nullable @Nullable String to,
            @org.springframework.lang.Nullable @Nullable String after,
            @org.springframework.lang.Nullable @Nullable Integer limit) {
        DeadLetterFilter filter = new DeadLetterFilter(group, topic, exception, status, time("from", from),
                time("to", to));
        int size = number("limit", limit, PAGE, LARGEST_PAGE);
        List<DeadLetter> letters = this.deadLetters.find(filter, (after != null) ? id(after) : 0, size);
        String next = (letters.size() == size) ? Long.toString(letters.get(size - 1).id()) : null;
        return new DeadLetterView.Page(letters.stream().map(DeadLetterView::of).toList(), next,
                this.deadLetters.count(filter));
    }

    /**
     * Shows one letter.
     * @param id its number
     * @param caller the caller
     * @return the letter, {@code null} if there is none
     */
    @ReadOperation
    public @org.springframework.lang.Nullable @Nullable Object deadLetter(@Selector String id, SecurityContext caller) {
        boolean shown = this.showPayload == PayloadVisibility.ALWAYS
                || (this.showPayload == PayloadVisibility.WHEN_AUTHORIZED && caller.getPrincipal() != null);
        return this.deadLetters.get(id(id)).map((details) -> DeadLetterView.Details.of(details, shown)).orElse(null);
    }

    /**
     * Replays letters of a filter, or drains a group's dead-letter topic.
     * @param action what to do
     * @param group consumer group; needed for a drain
     * @param topic topic of the message
     * @param exception class of the exception, with or without its package
     * @param from parked at or after, as in 2026-01-31T12:00:00Z
     * @param to parked before
     * @param limit at most so many; 100 letters or 1,000 messages to drain by default
     * @param perSecond at most so many copies per second; 50 by default
     * @param caller the caller
     * @return what was done
     */
    @WriteOperation
    public Object act(BulkAction action, @org.springframework.lang.Nullable @Nullable String group,
            @org.springframework.lang.Nullable @Nullable String topic,
            @org.springframework.lang.Nullable @Nullable String exception,
            @org.springframework.lang.Nullable @Nullable String from,
            @org.springframework.lang.Nullable @Nullable String to,
            @org.springframework.lang.Nullable @Nullable Integer limit,
            @org.springframework.lang.Nullable @Nullable Integer perSecond, SecurityContext caller) {
        if (action == BulkAction.DRAIN) {
            if (group == null) {
                throw new InvalidEndpointRequestException("A drain needs a group", "A drain needs a group");
            }
            return drain(group, number("limit", limit, DRAINED, LARGEST_RUN));
        }
        DeadLetterFilter filter = new DeadLetterFilter(group, topic, exception, null, time("from", from),
                time("to", to));
        ReplayOptions options = new ReplayOptions(number("limit", limit, ReplayOptions.DEFAULT_LIMIT, LARGEST_RUN),
                number("perSecond", perSecond, (int) ReplayOptions.DEFAULT_PER_SECOND, Integer.MAX_VALUE), by(caller));
        return view(this.deadLetters.replay(filter, options));
    }

    /**
     * Replays or discards one letter.
     * @param id its number
     * @param action what to do
     * @param reason why; needed to discard
     * @param caller the caller
     * @return what was done, {@code null} if there is no such letter
     */
    @WriteOperation
    public @org.springframework.lang.Nullable @Nullable Object actOn(@Selector String id, LetterAction action,
            @org.springframework.lang.Nullable @Nullable String reason, SecurityContext caller) {
        if (action == LetterAction.REPLAY) {
            return view(this.deadLetters.replay(id(id), by(caller)));
        }
        if (reason == null || reason.isBlank()) {
            throw new InvalidEndpointRequestException("A discard needs a reason", "A discard needs a reason");
        }
        return this.deadLetters.discard(id(id), reason, by(caller))
            .map((status) -> new DeadLetterView.Discarded(id, status))
            .orElse(null);
    }

    private Object drain(String group, int limit) {
        try {
            return this.deadLetters.drain(group, limit);
        }
        catch (ReliableMQException ex) {
            return Map.of("group", group, "failed", String.valueOf(ex.getMessage()));
        }
    }

    private static DeadLetterView.Replayed view(ReplayReport report) {
        Map<String, String> failed = new TreeMap<>();
        report.failed().forEach((id, reason) -> failed.put(id.toString(), reason));
        return new DeadLetterView.Replayed(report.sent(), report.skipped(), failed, report.complete());
    }

    private static @Nullable String by(SecurityContext caller) {
        Principal principal = caller.getPrincipal();
        return (principal != null) ? principal.getName() : null;
    }

    private static int number(String name, @Nullable Integer value, int fallback, int largest) {
        if (value != null && (value < 1 || value > largest)) {
            throw new InvalidEndpointRequestException(name + " is " + value + ": give a number from 1 to " + largest,
                    name + " must be from 1 to " + largest);
        }
        return (value != null) ? value : fallback;
    }

    private static long id(String text) {
        try {
            return Long.parseLong(text);
        }
        catch (NumberFormatException ex) {
            throw new InvalidEndpointRequestException("'" + text + "' is not the number of a letter",
                    "The id must be a number", ex);
        }
    }

    private static @Nullable Instant time(String name, @Nullable String text) {
        try {
            return (text != null) ? Instant.parse(text) : null;
        }
        catch (DateTimeParseException ex) {
            throw new InvalidEndpointRequestException(
                    name + " is '" + text + "': give a time such as 2026-01-31T12:00:00Z",
                    name + " must be a time such as 2026-01-31T12:00:00Z", ex);
        }
    }

    /** Actions on several letters. */
    public enum BulkAction {

        /** Sends copies to the groups. */
        REPLAY,

        /** Stores the messages of a group's dead-letter topic. */
        DRAIN

    }

    /** Actions on one letter. */
    public enum LetterAction {

        /** Sends a copy to the group. */
        REPLAY,

        /** Discards it for good. */
        DISCARD

    }

}
