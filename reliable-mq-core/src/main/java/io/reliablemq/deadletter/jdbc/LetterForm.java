package io.reliablemq.deadletter.jdbc;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

import io.reliablemq.deadletter.Parking;
import io.reliablemq.deadletter.ParkingFailure;
import io.reliablemq.deadletter.UnstorableLetterException;
import io.reliablemq.id.IdSpace;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.message.StoredMessage;
import org.jspecify.annotations.Nullable;

/**
 * A dead letter in the form that its row can store. Tag, keys, ordering key and UNIQ_KEY
 * of a foreign sender may hold what a column refuses: they are shown changed, and are
 * kept as they were among the headers, which are stored in ASCII and are as long as they
 * need to be. So a replay sends what was delivered.
 *
 * @param message what the columns show
 * @param payload the encoded payload; {@code null} if the letter is without it
 * @param encoding how it is encoded
 * @param failure what the listener threw
 * @param note what was changed, and why the payload is missing
 */
@SuppressWarnings("ArrayRecordComponent")
record LetterForm(StoredMessage message, byte @Nullable [] payload, @Nullable String encoding, ParkingFailure failure,
        @Nullable String note) {

    // No name of a property begins like this: RocketMQ separates properties by it.
    private static final String KEPT = "\u0001";

    private static final String TAG = KEPT + "tag";

    private static final String KEYS = KEPT + "keys";

    private static final String ORDERING_KEY = KEPT + "ordering-key";

    private static final String UNIQ_KEY = KEPT + "uniq-key";

    private static final String SPACE = KEPT + "space";

    /**
     * As it is but for what no database takes.
     * @throws UnstorableLetterException if the payload cannot be encoded
     */
    static LetterForm of(Parking parking, PayloadCodec codec) {
        return form(parking, codec, LetterText::clean, parking.failure());
    }

    /**
     * In ASCII, for a database with a small character set.
     * @throws UnstorableLetterException if the payload cannot be encoded
     */
    static LetterForm plain(Parking parking, PayloadCodec codec) {
        ParkingFailure failure = parking.failure();
        return form(parking, codec, LetterText::ascii, new ParkingFailure(LetterText.ascii(failure.exception()),
                LetterText.ascii(failure.message()), LetterText.ascii(failure.stackTrace())));
    }

    private static LetterForm form(Parking parking, PayloadCodec codec, UnaryOperator<@Nullable String> clean,
            ParkingFailure failure) {
        StoredMessage message = parking.message();
        Map<String, String> headers = new LinkedHashMap<>(message.headers());
        // Whoever wrote it: what is no space could not be read again.
        String space = headers.get(ReliableHeaders.SPACE);
        if (space != null && !IdSpace.isValid(space)) {
            headers.remove(ReliableHeaders.SPACE);
            headers.put(SPACE, space);
        }
        List<String> changed = new ArrayList<>();
        String keys = String.join(" ", message.keys());
        Field tag = new Field("tag", TAG, message.tag(), clean.apply(message.tag()));
        Field allKeys = new Field("keys", KEYS, keys, clean.apply(keys));
        Field orderingKey = new Field("ordering key", ORDERING_KEY, message.orderingKey(),
                LetterText.cleanShort(clean.apply(message.orderingKey())));
        Field uniqKey = new Field("UNIQ_KEY", UNIQ_KEY, message.uniqKey(),
                LetterText.cleanShort(clean.apply(message.uniqKey())));
        for (Field field : List.of(tag, allKeys, orderingKey, uniqKey)) {
            field.keep(headers, changed);
        }
        String note = changed.isEmpty() ? null : "Shown cut or with '?', for the database does not take it as it is: "
                + String.join(", ", changed) + ". A replay sends it as it was.";
        String why = parking.missing();
        return new LetterForm(
                new StoredMessage(message.id(), message.space(), uniqKey.shown(), message.cluster(), message.topic(),
                        tag.shown(), split(allKeys.shown()), orderingKey.shown(), headers, new byte[0],
                        message.deliverAt()),
                (why != null) ? null : encode(parking, codec), (why != null) ? null : encoding(codec), failure,
                (why == null) ? note : (note == null) ? why : why + " " + note);
    }

    private static byte[] encode(Parking parking, PayloadCodec codec) {
        try {
            return Objects.requireNonNull(codec.encode(parking.message().payload()), "PayloadCodec.encode");
        }
        catch (RuntimeException | Error ex) {
            throw new UnstorableLetterException("The PayloadCodec cannot encode the payload", ex);
        }
    }

    private static @Nullable String encoding(PayloadCodec codec) {
        String encoding;
        try {
            encoding = codec.encoding();
        }
        catch (RuntimeException | Error ex) {
            throw new UnstorableLetterException("The PayloadCodec cannot say how it encodes", ex);
        }
        if (!Objects.equals(LetterText.cleanShort(encoding), encoding)) {
            throw new UnstorableLetterException("The PayloadCodec calls its encoding by a name that cannot be stored",
                    null);
        }
        return encoding;
    }

    private static List<String> split(@Nullable String keys) {
        return (keys != null && !keys.isEmpty()) ? List.of(keys.split(" ")) : List.of();
    }

    /** As it was before some of it was changed. */
    static StoredMessage restore(StoredMessage stored) {
        if (stored.headers().keySet().stream().noneMatch((name) -> name.startsWith(KEPT))) {
            return stored;
        }
        Map<String, String> headers = new LinkedHashMap<>(stored.headers());
        String tag = headers.remove(TAG);
        String keys = headers.remove(KEYS);
        String orderingKey = headers.remove(ORDERING_KEY);
        String uniqKey = headers.remove(UNIQ_KEY);
        String space = headers.remove(SPACE);
        if (space != null) {
            headers.put(ReliableHeaders.SPACE, space);
        }
        return new StoredMessage(stored.id(), stored.space(), (uniqKey != null) ? uniqKey : stored.uniqKey(),
                stored.cluster(), stored.topic(), (tag != null) ? tag : stored.tag(),
                (keys != null) ? split(keys) : stored.keys(),
                (orderingKey != null) ? orderingKey : stored.orderingKey(), headers, stored.payload(),
                stored.deliverAt());
    }

    /** A text of the message, and what its column shows. */
    private record Field(String name, String header, @Nullable String text, @Nullable String shown) {

        void keep(Map<String, String> headers, List<String> changed) {
            if (this.text != null && !this.text.equals(this.shown)) {
                headers.put(this.header, this.text);
                changed.add(this.name);
            }
        }

    }

}
