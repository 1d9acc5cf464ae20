package io.reliablemq.jdbc;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.Collection;
import java.util.function.Function;

import io.reliablemq.message.StoredMessage;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a prepared statement, set one after the other. Every method sets the
 * next one and fails with the driver's exception if that refuses the value.
 */
public final class SqlParameters {

    private final Dialect dialect;

    private final PreparedStatement statement;

    private int index;

    SqlParameters(Dialect dialect, PreparedStatement statement) {
        this(dialect, statement, 1);
    }

    SqlParameters(Dialect dialect, PreparedStatement statement, int first) {
        this.dialect = dialect;
        this.statement = statement;
        this.index = first;
    }

    SqlParameters fromTheFirst() {
        this.index = 1;
        return this;
    }

    public SqlParameters text(@Nullable String value) throws SQLException {
        this.statement.setString(this.index++, value);
        return this;
    }

    /** For a column that is compared byte by byte (group, identity, ordering key). */
    public SqlParameters key(@Nullable String value) throws SQLException {
        if (value != null) {
            this.dialect.setKey(this.statement, this.index++, value);
        }
        else {
            this.statement.setNull(this.index++, this.dialect.isMySqlFamily() ? Types.VARBINARY : Types.VARCHAR);
        }
        return this;
    }

    public SqlParameters keys(Collection<String> values) throws SQLException {
        for (String value : values) {
            key(value);
        }
        return this;
    }

    public SqlParameters number(int value) throws SQLException {
        this.statement.setInt(this.index++, value);
        return this;
    }

    public SqlParameters number(long value) throws SQLException {
        this.statement.setLong(this.index++, value);
        return this;
    }

    public SqlParameters number(@Nullable Long value) throws SQLException {
        if (value != null) {
            this.statement.setLong(this.index++, value);
        }
        else {
            this.statement.setNull(this.index++, Types.BIGINT);
        }
        return this;
    }

    public SqlParameters numbers(Collection<Long> values) throws SQLException {
        for (long value : values) {
            number(value);
        }
        return this;
    }

    /** In milliseconds since 1970 (UTC), of type BIGINT. */
    public SqlParameters time(@Nullable Instant value) throws SQLException {
        return number((value != null) ? (Long) value.toEpochMilli() : null);
    }

    public SqlParameters bytes(byte @Nullable [] value) throws SQLException {
        this.statement.setBytes(this.index++, value);
        return this;
    }

    /** PostgreSQL only: the elements' values as one array. */
    public <E> SqlParameters array(String type, Collection<E> elements, Function<E, @Nullable Object> value)
            throws SQLException {
        this.statement.setArray(this.index++,
                this.statement.getConnection().createArrayOf(type, elements.stream().map(value).toArray()));
        return this;
    }

    /** An id space, as the tables hold it. */
    public SqlParameters space(@Nullable String space) throws SQLException {
        return text(MessageColumns.space(space));
    }

    /** The columns that all tables with messages have in common. */
    public SqlParameters message(MessageColumns columns, StoredMessage message) throws SQLException {
        columns.set(this, message);
        return this;
    }

    /** The same with a payload that is encoded, or missing. */
    public SqlParameters message(StoredMessage message, byte @Nullable [] payload, @Nullable String encoding)
            throws SQLException {
        MessageColumns.set(this, message, payload, encoding);
        return this;
    }

}
