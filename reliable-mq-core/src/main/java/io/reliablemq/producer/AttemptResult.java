package io.reliablemq.producer;

import org.jspecify.annotations.Nullable;

/**
 * The result of one attempt to hand a message to a broker.
 */
public sealed interface AttemptResult {

    /**
     * Where the attempt went.
     * @return the queue, {@code null} if none could be chosen
     */
    @Nullable SendTarget target();

    /**
     * The broker has answered that the message is stored.
     *
     * @param target where
     * @param status how safely
     * @param queueOffset at which place of the queue, -1 if that is not known
     */
    record Stored(SendTarget target, StorageStatus status, long queueOffset) implements AttemptResult {

        /**
         * Stored at a place that is not known.
         * @param target where
         * @param status how safely
         */
        public Stored(SendTarget target, StorageStatus status) {
            this(target, status, -1);
        }

    }

    /**
     * The attempt failed.
     *
     * @param target where it went, {@code null} if no queue could be chosen
     * @param kind whether another attempt can help
     * @param uncertain whether the message may be stored nevertheless
     * @param cause what it failed with
     * @param advice what to do about it, as a sentence
     */
    record Failed(@Nullable SendTarget target, FailureKind kind, boolean uncertain, Throwable cause,
            String advice) implements AttemptResult {
    }

}
