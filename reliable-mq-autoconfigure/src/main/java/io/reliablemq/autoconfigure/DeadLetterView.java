package io.reliablemq.autoconfigure;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;

import io.reliablemq.deadletter.DeadLetter;
import io.reliablemq.deadletter.DeadLetterCount;
import io.reliablemq.deadletter.DeadLetterDetails;
import io.reliablemq.deadletter.DeadLetterStatus;
import io.reliablemq.deadletter.DeliveryOrigin;
import io.reliablemq.deadletter.ParkingReason;
import io.reliablemq.message.StoredMessage;
import org.jspecify.annotations.Nullable;

/**
 * A dead letter for the endpoint. 64-bit numbers are strings, because JavaScript would
 * round them.
 *
 * @param id number of the letter
 * @param group consumer group
 * @param identity identity of the message
 * @param messageId its {@code RELIABLE_ID}
 * @param space the space of that id, if it carries one
 * @param uniqKey RocketMQ's UNIQ_KEY
 * @param topic its topic
 * @param tag its tag
 * @param keys its keys
 * @param orderingKey its ordering key
 * @param status its status
 * @param reason why it was parked
 * @param failures how often the listener failed
 * @param postponements how often the delivery was postponed
 * @param exception class of the last exception
 * @param exceptionMessage message of the last exception
 * @param parkedAt when it was parked first
 * @param updatedAt when it was last changed
 * @param parkings how often it was parked
 * @param replays how often it was replayed
 * @param changedBy who changed it last
 * @param note why it was discarded or reset
 * @param cluster the cluster that its listener consumes from
 */
record DeadLetterView(String id, String group, String identity, @Nullable String messageId, @Nullable String space,
        @Nullable String uniqKey, String topic, @Nullable String tag, List<String> keys, @Nullable String orderingKey,
        DeadLetterStatus status, ParkingReason reason, int failures, int postponements, @Nullable String exception,
        @Nullable String exceptionMessage, Instant parkedAt, Instant updatedAt, int parkings, int replays,
        @Nullable String changedBy, @Nullable String note, String cluster) {

    static DeadLetterView of(DeadLetter letter) {
        Long messageId = letter.key().messageId();
        return new DeadLetterView(Long.toString(letter.id()), letter.key().group(), letter.key().identity(),
                (messageId != null) ? messageId.toString() : null, letter.key().space(), letter.uniqKey(),
                letter.topic(), letter.tag(), letter.keys(), letter.orderingKey(), letter.status(), letter.reason(),
                letter.failures(), letter.postponements(), letter.exception(), letter.exceptionMessage(),
                letter.parkedAt(), letter.updatedAt(), letter.parkings(), letter.replays(), letter.changedBy(),
                letter.note(), letter.cluster());
    }

    /**
     * A page.
     *
     * @param letters the letters
     * @param next value of {@code after} for the next page; {@code null} on the last one
     * @param counts all letters of the filter by group, status and exception
     */
    record Page(List<DeadLetterView> letters, @Nullable String next, List<DeadLetterCount> counts) {
    }

    /**
     * One letter.
     *
     * @param letter the letter
     * @param origin where the parked delivery came from
     * @param stackTrace of the last exception
     * @param content the content, where it may be shown
     */
    record Details(DeadLetterView letter, DeliveryOrigin origin, @Nullable String stackTrace,
            @Nullable Content content) {

        static Details of(DeadLetterDetails details, boolean withContent) {
            return new Details(DeadLetterView.of(details.letter()), details.origin(), details.stackTrace(),
                    withContent ? Content.of(details.message()) : null);
        }

    }

    /**
     * The content of a message.
     *
     * @param headers its headers
     * @param payload its payload
     * @param base64 whether the payload is Base64, because it is not text
     */
    record Content(Map<String, String> headers, String payload, boolean base64) {

        static Content of(StoredMessage message) {
            try {
                String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(message.payload())).toString();
                return new Content(message.headers(), text, false);
            }
            catch (CharacterCodingException ex) {
                return new Content(message.headers(), Base64.getEncoder().encodeToString(message.payload()), true);
            }
        }

    }

    /**
     * The result of a replay.
     *
     * @param sent copies that the broker has confirmed
     * @param skipped letters that needed none
     * @param failed letters of which no copy was confirmed, with the reason
     * @param complete whether all requested letters were processed
     */
    record Replayed(int sent, int skipped, Map<String, String> failed, boolean complete) {
    }

    /**
     * The result of a discard.
     *
     * @param id number of the letter
     * @param status its status now
     */
    record Discarded(String id, DeadLetterStatus status) {
    }

}
