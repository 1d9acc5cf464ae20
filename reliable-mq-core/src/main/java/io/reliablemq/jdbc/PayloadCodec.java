package io.reliablemq.jdbc;

import org.jspecify.annotations.Nullable;

/**
 * Encodes payloads for the tables, for example to encrypt them. Called on the threads
 * that store and read messages, by many at a time. Rows that another codec has written
 * must stay readable, so {@link #decode} is told how each was written.
 */
public interface PayloadCodec {

    /**
     * How this codec writes, for the column {@code payload_encoding}.
     * @return a name of at most 255 characters, such as {@code aes-gcm:key-7};
     * {@code null} for payloads as they are
     */
    @Nullable String encoding();

    /**
     * Turns a payload into what is stored.
     * @param payload the payload as it is sent; not to be changed
     * @return the bytes to store
     */
    byte[] encode(byte[] payload);

    /**
     * Turns what is stored back into the payload.
     * @param stored the stored bytes
     * @param encoding what {@link #encoding} said when they were written, {@code null}
     * for a payload stored as it is
     * @return the payload
     * @throws RuntimeException if it cannot be read; the message then stays where it is
     */
    byte[] decode(byte[] stored, @Nullable String encoding);

    /**
     * Stores payloads as they are.
     * @return the codec
     */
    static PayloadCodec plain() {
        return PlainPayload.INSTANCE;
    }

}
