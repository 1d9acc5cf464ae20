package io.reliablemq.idempotency.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;

import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.idempotency.RecordState;
import io.reliablemq.jdbc.Dialect;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.SqlStatement;
import io.reliablemq.jdbc.Table;

/**
 * SQL statements on the records of parked messages, on the caller's connection and in its
 * transaction. A record that was locked stays so until the transaction ends. A lock that
 * others hold for too long ends in a {@link io.reliablemq.jdbc.SqlFailure#LOCK_CONFLICT}.
 */
public final class InboxRecords {

    private static final int WAIT_SECONDS = 5;

    private static final String KEY = " WHERE consumer_group = ? AND identity = ?";

    private final Dialect dialect;

    private final Inbox inbox;

    private final Clock clock;

    private final SqlStatement lock;

    private final SqlStatement change;

    /**
     * Creates the statements.
     * @param database the database with the tables
     * @param clock the node's clock, for first tokens only
     */
    public InboxRecords(JdbcDatabase database, Clock clock) {
        this.dialect = database.dialect();
        this.inbox = new Inbox(database);
        this.clock = clock;
        String now = this.dialect.now();
        String table = database.name(Table.INBOX);
        this.lock = database.sql("SELECT status, lease_until, " + now + " FROM " + table + KEY)
            .lockingRead(WAIT_SECONDS);
        this.change = database
            .sql("UPDATE " + table + " SET status = ?, lease_until = CASE WHEN ? = 'PROCESSING' THEN 0 ELSE " + now
                    + " END" + KEY)
            .waitingAtMost(WAIT_SECONDS);
    }

    /**
     * Parks a record unless its message is done or being processed.
     * @param connection in a transaction
     * @param key the record
     * @return the state afterwards: PARKED, or DONE or CLAIMED and nothing was changed
     * @throws SQLException if a statement fails
     */
    public RecordState park(Connection connection, RecordKey key) throws SQLException {
        if (insert(connection, key, InboxStatus.PARKED)) {
            return RecordState.PARKED;
        }
        RecordState state = lock(connection, key);
        if (state == RecordState.FREE) {
            change(connection, key, InboxStatus.PARKED);
            return RecordState.PARKED;
        }
        return (state == RecordState.ABSENT) ? park(connection, key) : state;
    }

    /**
     * Notes that a message is left out on purpose, unless its fate is settled already.
     * @param connection in a transaction
     * @param key the record
     * @return PARKED if it is dropped by this call; else nothing was changed, and it is
     * CLAIMED by somebody who processes the message, or DONE in the sense of: processed,
     * parked, dropped or discarded before
     * @throws SQLException if a statement fails
     */
    public RecordState drop(Connection connection, RecordKey key) throws SQLException {
        if (insert(connection, key, InboxStatus.DROPPED)) {
            return RecordState.PARKED;
        }
        return switch (lock(connection, key)) {
            case FREE -> {
                change(connection, key, InboxStatus.DROPPED);
                yield RecordState.PARKED;
            }
            case ABSENT -> drop(connection, key);
            case CLAIMED -> RecordState.CLAIMED;
            case PARKED, DONE -> RecordState.DONE;
        };
    }

    /**
     * Locks a record.
     * @param connection in a transaction
     * @param key the record
     * @return its state
     * @throws SQLException if a statement fails
     */
    public RecordState lock(Connection connection, RecordKey key) throws SQLException {
        RecordState state = this.lock.first(connection, (parameters) -> parameters.key(key.group()).key(key.identity()),
                (row) -> state(Inbox.status(row.getString(1), key), row.getLong(2) > row.getLong(3)));
        return (state != null) ? state : RecordState.ABSENT;
    }

    /**
     * Lets the next delivery claim a record that the caller has locked.
     * @param connection in a transaction
     * @param key the record
     * @throws SQLException if a statement fails
     */
    public void free(Connection connection, RecordKey key) throws SQLException {
        change(connection, key, InboxStatus.PROCESSING);
    }

    /**
     * Lets all later deliveries of a message be skipped for good.
     * @param connection in a transaction
     * @param key the record, locked by the caller
     * @throws SQLException if a statement fails
     */
    public void discard(Connection connection, RecordKey key) throws SQLException {
        changeOrInsert(connection, key, InboxStatus.DISCARDED);
    }

    /**
     * Notes that the message has had its effect under another identity.
     * @param connection in a transaction
     * @param key the record, locked by the caller
     * @throws SQLException if a statement fails
     */
    public void complete(Connection connection, RecordKey key) throws SQLException {
        changeOrInsert(connection, key, InboxStatus.DONE);
    }

    private void changeOrInsert(Connection connection, RecordKey key, InboxStatus status) throws SQLException {
        if (!change(connection, key, status) && !insert(connection, key, status)) {
            change(connection, key, status);
        }
    }

    /** On MariaDB and MySQL the record exists afterwards and is locked. */
    private boolean insert(Connection connection, RecordKey key, InboxStatus status) throws SQLException {
        if (this.dialect.isMySqlFamily()) {
            InboxRow free = new InboxRow(InboxStatus.PROCESSING, Math.max(1, this.clock.millis()), 0, 0);
            this.inbox.insertOrLock(connection, key, free, WAIT_SECONDS);
            return false;
        }
        InboxRow row = new InboxRow(status, Math.max(1, this.clock.millis()), 0, 0);
        return this.inbox.insert(connection, key, row, null, WAIT_SECONDS);
    }

    private boolean change(Connection connection, RecordKey key, InboxStatus status) throws SQLException {
        return this.change.update(connection,
                (parameters) -> parameters.text(status.name())
                    .text(status.name())
                    .key(key.group())
                    .key(key.identity())) == 1;
    }

    private static RecordState state(InboxStatus status, boolean live) {
        return switch (status) {
            case PROCESSING -> live ? RecordState.CLAIMED : RecordState.FREE;
            case PARKED, DROPPED -> RecordState.PARKED;
            case DONE, ALIAS, DISCARDED -> RecordState.DONE;
        };
    }

}
