package io.reliablemq.listener;

import java.util.Map;
import java.util.TreeMap;

/**
 * What a {@link BatchListener} says of its messages: those that it does not mention are
 * ok. Immutable.
 */
public final class BatchResult {

    private static final BatchResult OK = new BatchResult(Map.of());

    private final Map<Integer, Failure> failures;

    private BatchResult(Map<Integer, Failure> failures) {
        this.failures = failures;
    }

    /**
     * All messages have been processed.
     * @return the result
     */
    public static BatchResult ok() {
        return OK;
    }

    /**
     * A message has failed and comes again, as if the listener had thrown: after the
     * policy's delay, until its attempts are used up.
     * @param index its place in the list, from 0
     * @param cause why
     * @return a result that says so
     */
    public BatchResult retry(int index, Throwable cause) {
        return with(index, new Failure(cause, false));
    }

    /**
     * A message can never be processed: it is parked at once.
     * @param index its place in the list, from 0
     * @param cause why
     * @return a result that says so
     */
    public BatchResult park(int index, Throwable cause) {
        return with(index, new Failure(cause, true));
    }

    private BatchResult with(int index, Failure failure) {
        if (index < 0) {
            throw new IllegalArgumentException("A message of a batch has an index from 0, not " + index);
        }
        Map<Integer, Failure> all = new TreeMap<>(this.failures);
        all.put(index, failure);
        return new BatchResult(all);
    }

    /**
     * The messages that are not ok.
     * @return failures by index
     */
    public Map<Integer, Failure> failures() {
        return Map.copyOf(this.failures);
    }

    /**
     * Why a message is not ok.
     *
     * @param cause why
     * @param parked whether it is parked at once
     */
    public record Failure(Throwable cause, boolean parked) {
    }

}
