package io.reliablemq.rocketmq.delivery;

import java.util.Objects;

import io.reliablemq.idempotency.RecordKey;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;

/**
 * A delivered message with its payload and its key, as far as they are known.
 */
final class Delivery {

    private final MessageExt message;

    private @Nullable Object payload;

    private @Nullable RecordKey key;

    Delivery(MessageExt message) {
        this.message = message;
    }

    MessageExt message() {
        return this.message;
    }

    Object payload() {
        return Objects.requireNonNull(this.payload);
    }

    void payload(Object read) {
        this.payload = read;
    }

    RecordKey key() {
        return Objects.requireNonNull(this.key);
    }

    @Nullable RecordKey keyIfKnown() {
        return this.key;
    }

    void key(RecordKey read) {
        this.key = read;
    }

}
