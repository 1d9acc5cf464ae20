package io.reliablemq.trace.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

import io.reliablemq.trace.GroupTrail;
import org.jspecify.annotations.Nullable;

/**
 * Joins rows of three tables by consumer group and identity.
 */
final class GroupRows {

    private static final String KEY = "consumer_group, identity, message_id, id_space, ";

    static final String INBOX = KEY + "status, lease_until, created_at, duplicate_of";

    static final String ATTEMPT = KEY + "failures, postponements, next_due, exception";

    static final String DEAD_LETTER = KEY
            + "status, reason, failures, exception, exception_message, parked_at, replays, note";

    private final Map<String, GroupTrail> trails = new LinkedHashMap<>();

    Collection<GroupTrail> trails() {
        return this.trails.values();
    }

    void addRecord(ResultSet row) throws SQLException {
        merge(row, new GroupTrail.Recorded(row.getString("status"), time(row, "created_at"), time(row, "lease_until"),
                row.getString("duplicate_of")), null, null);
    }

    void addAttempts(ResultSet row) throws SQLException {
        merge(row, null, new GroupTrail.Attempts(row.getInt("failures"), row.getInt("postponements"),
                time(row, "next_due"), row.getString("exception")), null);
    }

    void addDeadLetter(ResultSet row) throws SQLException {
        merge(row, null, null,
                new GroupTrail.DeadLetter(row.getString("status"), row.getString("reason"), row.getInt("failures"),
                        row.getString("exception"), row.getString("exception_message"), time(row, "parked_at"),
                        row.getInt("replays"), row.getString("note")));
    }

    private void merge(ResultSet row, GroupTrail.@Nullable Recorded record, GroupTrail.@Nullable Attempts attempts,
            GroupTrail.@Nullable DeadLetter letter) throws SQLException {
        String group = row.getString("consumer_group");
        String identity = row.getString("identity");
        long number = row.getLong("message_id");
        Long messageId = row.wasNull() ? null : number;
        this.trails.merge(group + '\n' + identity,
                new GroupTrail(group, identity, messageId, space(row), record, attempts, letter), GroupRows::together);
    }

    private static GroupTrail together(GroupTrail one, GroupTrail other) {
        return new GroupTrail(one.group(), one.identity(),
                (one.messageId() != null) ? one.messageId() : other.messageId(),
                (one.messageId() != null) ? one.space() : other.space(),
                (other.record() != null) ? other.record() : one.record(),
                (other.attempts() != null) ? other.attempts() : one.attempts(),
                (other.deadLetter() != null) ? other.deadLetter() : one.deadLetter());
    }

    static @Nullable String space(ResultSet row) throws SQLException {
        String space = row.getString("id_space");
        return (space == null || space.isEmpty()) ? null : space;
    }

    private static Instant time(ResultSet row, String column) throws SQLException {
        return Instant.ofEpochMilli(row.getLong(column));
    }

}
