package io.reliablemq.jdbc;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.message.StoredMessage;
import org.jspecify.annotations.Nullable;

/**
 * The columns that all tables with messages have in common.
 */
public final class MessageColumns {

    /** Their names, separated by commas. */
    public static final String NAMES = "message_id, cluster, topic, tag, message_keys, ordering_key, headers, payload,"
            + " payload_encoding, deliver_at, uniq_key";

    /** As many question marks. */
    public static final String PLACEHOLDERS = "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?";

    /** How many they are. */
    public static final int COUNT = 11;

    /**
     * The column of the id space, for look-ups; a message's headers carry it too.
     */
    public static final String SPACE = "id_space";

    private final Dialect dialect;

    private final PayloadCodec codec;

    /**
     * Creates the mapping.
     * @param dialect the database
     * @param codec how payloads are stored
     */
    public MessageColumns(Dialect dialect, PayloadCodec codec) {
        this.dialect = dialect;
        this.codec = codec;
    }

    /**
     * Sets the values of all {@link #COUNT} columns.
     * @param statement the statement
     * @param index index of the first one's parameter
     * @param message the message
     * @throws SQLException if the driver refuses a value
     */
    public void set(PreparedStatement statement, int index, StoredMessage message) throws SQLException {
        set(new SqlParameters(this.dialect, statement, index), message);
    }

    void set(SqlParameters parameters, StoredMessage message) throws SQLException {
        set(parameters, message, this.codec.encode(message.payload()), this.codec.encoding());
    }

    static void set(SqlParameters parameters, StoredMessage message, byte @Nullable [] payload,
            @Nullable String encoding) throws SQLException {
        parameters.number(message.id())
            .text(message.cluster())
            .text(message.topic())
            .text(message.tag())
            .text(String.join(" ", message.keys()))
            .key(message.orderingKey())
            .text(format(headers(message)))
            .bytes(payload)
            .text(encoding)
            .time(message.deliverAt())
            .text(message.uniqKey());
    }

    /**
     * Reads a message.
     * @param row a result set on a row
     * @param index index of the first of the {@link #COUNT} columns
     * @return the message
     * @throws SQLException if the driver cannot read a value
     */
    public StoredMessage read(ResultSet row, int index) throws SQLException {
        String keys = row.getString(index + 4);
        byte[] stored = Objects.requireNonNullElse(row.getBytes(index + 7), new byte[0]);
        Map<String, String> headers = parse(row.getString(index + 6));
        return new StoredMessage(number(row, index), headers.get(ReliableHeaders.SPACE), row.getString(index + 10),
                row.getString(index + 1), row.getString(index + 2), row.getString(index + 3),
                (keys != null && !keys.isEmpty()) ? List.of(keys.split(" ")) : List.of(),
                this.dialect.getKey(row, index + 5), headers, this.codec.decode(stored, row.getString(index + 8)),
                time(row, index + 9));
    }

    private static Map<String, String> headers(StoredMessage message) {
        String space = message.space();
        if (space == null || space.equals(message.headers().get(ReliableHeaders.SPACE))) {
            return message.headers();
        }
        Map<String, String> headers = new LinkedHashMap<>(message.headers());
        headers.put(ReliableHeaders.SPACE, space);
        return headers;
    }

    /**
     * An id space as the tables hold it, so that spaces can be compared.
     * @param space the space, {@code null} for none
     * @return the value of the column {@link #SPACE}
     */
    public static String space(@Nullable String space) {
        return (space != null) ? space : "";
    }

    /**
     * Reads the column {@link #SPACE}.
     * @param row a result set on a row
     * @param index index of the column
     * @return the space, {@code null} for none
     * @throws SQLException if the driver cannot read the value
     */
    public static @Nullable String space(ResultSet row, int index) throws SQLException {
        String space = row.getString(index);
        return (space == null || space.isEmpty()) ? null : space;
    }

    /**
     * Reads a number.
     * @param row a result set on a row
     * @param index index of the column
     * @return the number, {@code null} if the column is
     * @throws SQLException if the driver cannot read the value
     */
    public static @Nullable Long number(ResultSet row, int index) throws SQLException {
        long value = row.getLong(index);
        return row.wasNull() ? null : value;
    }

    /**
     * Reads a time that is stored in milliseconds since 1970 (UTC).
     * @param row a result set on a row
     * @param index index of the column
     * @return the time, {@code null} if the column is
     * @throws SQLException if the driver cannot read the value
     */
    public static @Nullable Instant time(ResultSet row, int index) throws SQLException {
        Long millis = number(row, index);
        return (millis != null) ? Instant.ofEpochMilli(millis) : null;
    }

    /** As a web form is written: safe for any character, readable in a SQL client. */
    public static String format(Map<String, String> headers) {
        StringBuilder text = new StringBuilder();
        headers.forEach((name, value) -> text.append(text.isEmpty() ? "" : "&")
            .append(URLEncoder.encode(name, StandardCharsets.UTF_8))
            .append('=')
            .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
        return text.toString();
    }

    public static Map<String, String> parse(@Nullable String text) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (text != null && !text.isEmpty()) {
            for (String header : text.split("&")) {
                int equals = header.indexOf('=');
                headers.put(decode(header.substring(0, equals)), decode(header.substring(equals + 1)));
            }
        }
        return headers;
    }

    /** Most headers have nothing to decode. */
    private static String decode(String text) {
        return (text.indexOf('%') < 0 && text.indexOf('+') < 0) ? text
                : URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

}
