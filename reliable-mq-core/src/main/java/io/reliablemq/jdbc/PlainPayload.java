package io.reliablemq.jdbc;

import io.reliablemq.ReliableMQException;
import org.jspecify.annotations.Nullable;

/**
 * The codec that stores payloads unchanged.
 */
enum PlainPayload implements PayloadCodec {

    INSTANCE;

    @Override
    public @Nullable String encoding() {
        return null;
    }

    @Override
    public byte[] encode(byte[] payload) {
        return payload;
    }

    @Override
    public byte[] decode(byte[] stored, @Nullable String encoding) {
        if (encoding != null) {
            throw new ReliableMQException("The stored payload is encoded as '" + encoding
                    + "': provide the PayloadCodec that wrote it as a bean.");
        }
        return stored;
    }

}
