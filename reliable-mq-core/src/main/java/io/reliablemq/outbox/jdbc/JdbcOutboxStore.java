package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

import javax.sql.DataSource;

import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.jdbc.ConflictRetries;
import io.reliablemq.jdbc.DiscreetSqlException;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.SqlCall;
import io.reliablemq.jdbc.SqlFailure;
import io.reliablemq.jdbc.SqlWork;
import io.reliablemq.outbox.OrderingKey;
import io.reliablemq.outbox.OutboxEntry;
import io.reliablemq.outbox.OutboxMessage;
import io.reliablemq.outbox.OutboxOutcome;
import io.reliablemq.outbox.OutboxScope;
import io.reliablemq.outbox.OutboxStatistics;
import io.reliablemq.outbox.OutboxStore;
import io.reliablemq.outbox.OutboxStoreException;
import io.reliablemq.outbox.ParkedMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Stores the outbox in the table {@code reliable_mq_outbox}. The database's clock decides
 * when a claim ends. No connection is held while messages are sent.
 */
public final class JdbcOutboxStore implements OutboxStore {

    private static final Logger logger = LoggerFactory.getLogger(JdbcOutboxStore.class);

    private static final int ROUNDS = 10;

    private final JdbcDatabase database;

    private final MessageIdGenerator rowIds;

    /**
     * The transaction's connection; its statements end with the transaction's timeout.
     */
    private final DataSource joined;

    private final BoundTransactions transactions;

    private final TransactionMarks marks;

    private final OutboxInserts inserts;

    private final ClaimedRows rows;

    private final DueClaims due;

    private final KeyClaims keys;

    private final OutboxSettlement settlement;

    private final OutboxUpkeep upkeep;

    private final ConflictRetries retries;

    /**
     * Creates a store; connects when it is first used.
     * @param database the database with the tables; its DataSource must be that of the
     * transactions that messages are to be part of
     * @param codec how payloads are stored
     * @param rowIds numbers the rows
     * @param owner name of this instance, different from all others and from the one it
     * had before a restart
     * @param lease how long a claim lasts
     */
    public JdbcOutboxStore(JdbcDatabase database, PayloadCodec codec, MessageIdGenerator rowIds, String owner,
            Duration lease) {
        this.database = database;
        this.rowIds = rowIds;
        this.joined = new TransactionAwareDataSourceProxy(database.dataSource());
        this.transactions = new BoundTransactions(database.dataSource());
        this.marks = new TransactionMarks(database, rowIds);
        this.inserts = new OutboxInserts(database, codec, owner, lease);
        this.rows = new ClaimedRows(codec);
        OutboxClaim claim = new OutboxClaim(database, owner, lease);
        this.due = new DueClaims(database, claim);
        this.keys = new KeyClaims(database, claim);
        this.settlement = new OutboxSettlement(database, owner);
        this.upkeep = new OutboxUpkeep(database);
        this.retries = ConflictRetries.ofLocks(ROUNDS, database.dialect());
    }

    @Override
    public boolean joinsTransaction() {
        return !TransactionSynchronizationManager.isCurrentTransactionReadOnly() && this.transactions.isCertain();
    }

    @Override
    public @Nullable Object transaction() {
        return this.transactions.current();
    }

    @Override
    public @Nullable Object markTransaction() {
        return this
            .<Optional<Object>>inTransaction("mark the transaction",
                    (connection) -> Optional.ofNullable(this.marks.set(connection)))
            .orElse(null);
    }

    @Override
    public void requireMarkedTransaction(Object mark) {
        inTransaction("look for the transaction's mark", (connection) -> {
            this.marks.require(connection, mark);
            return mark;
        });
    }

    @Override
    public @Nullable Object writeProbe() {
        return this
            .<Optional<Object>>inTransaction("write to the transaction",
                    (connection) -> Optional.ofNullable(this.marks.probe(connection)))
            .orElse(null);
    }

    @Override
    public boolean takeProbe(Object probe) {
        return inTransaction("look for what was written to the transaction",
                (connection) -> this.marks.take(connection, (Long) probe));
    }

    @Override
    public List<OutboxEntry> addInTransaction(List<OutboxMessage> messages) {
        long[] ids = this.rowIds.nextIds(messages.size());
        return inTransaction("store " + messages.size() + " messages in the transaction",
                (connection) -> this.inserts.insert(connection, messages, ids));
    }

    private <T> T inTransaction(String what, SqlWork<T> work) {
        return call(what, () -> {
            try (Connection connection = this.joined.getConnection()) {
                return work.on(connection);
            }
            catch (SQLException ex) {
                if (this.database.dialect().classify(ex) == SqlFailure.LOCK_CONFLICT) {
                    throw new CannotAcquireLockException("The outbox could not " + what + ", because of another"
                            + " transaction. Nothing is wrong with this one: roll it back and repeat it as a whole.",
                            DiscreetSqlException.of(ex));
                }
                throw ex;
            }
        });
    }

    @Override
    public List<OutboxEntry> add(List<OutboxMessage> messages) {
        long[] ids = this.rowIds.nextIds(messages.size());
        return own("store " + messages.size() + " messages",
                (connection) -> this.inserts.insert(connection, messages, ids));
    }

    @Override
    public List<OutboxEntry> claim(int limit, OutboxScope scope) {
        return scope.clusters().isEmpty() ? List.of()
                : decoded(own("claim messages", (connection) -> this.due.claim(connection, limit, scope)), false);
    }

    @Override
    public List<OrderingKey> dueKeys(int limit, OutboxScope scope) {
        return scope.clusters().isEmpty() ? List.of() : call("find ordering keys", () -> this.database
            .inAutoCommit((connection) -> List.copyOf(this.keys.find(connection, limit, scope))));
    }

    @Override
    public List<OutboxEntry> claimKey(OrderingKey key, int limit, boolean goOn) {
        return decoded(own("claim an ordering key", (connection) -> this.keys.claim(connection, key, limit, goOn)),
                true);
    }

    private List<OutboxEntry> decoded(List<ClaimedRow> claimed, boolean inOrder) {
        ClaimedRows.Decoded decoded = this.rows.decode(claimed, inOrder);
        if (!decoded.waiting().isEmpty()) {
            try {
                int unused = settle(decoded.waiting());
            }
            catch (RuntimeException ex) {
                logger.warn("{} message(s) that cannot be read wait until their claim ends", decoded.waiting().size(),
                        ex);
            }
        }
        return decoded.entries();
    }

    @Override
    public int settle(Collection<OutboxOutcome> outcomes) {
        return outcomes.isEmpty() ? 0 : own("write what came of " + outcomes.size() + " messages",
                (connection) -> this.settlement.settle(connection, outcomes));
    }

    @Override
    public OutboxStatistics statistics() {
        return call("count the messages", () -> this.database.inAutoCommit(this.upkeep::statistics));
    }

    @Override
    public Map<String, Long> waitingElsewhere(Set<String> clusters, Duration since) {
        return call("count messages of other clusters",
                () -> this.database.inAutoCommit((connection) -> this.upkeep.elsewhere(connection, clusters, since)));
    }

    @Override
    public List<ParkedMessage> parked(int limit) {
        return call("list parked messages",
                () -> this.database.inAutoCommit((connection) -> this.upkeep.parked(connection, limit)));
    }

    @Override
    public boolean release(long rowId) {
        return own("release a parked message", (connection) -> this.upkeep.release(connection, rowId));
    }

    @Override
    public boolean discard(long rowId, String reason) {
        return own("discard a parked message", (connection) -> this.upkeep.discard(connection, rowId, reason));
    }

    @Override
    public int purge(Duration retention, int limit) {
        return own("delete old messages", (connection) -> this.upkeep.purge(connection, retention, limit));
    }

    /** In a transaction of its own, again if others were in the way. */
    private <T> T own(String what, SqlWork<T> work) {
        AtomicBoolean committing = new AtomicBoolean();
        try {
            return this.retries.call(() -> {
                committing.set(false);
                return this.database.inOwnTransaction((connection) -> {
                    LedgerPurge.lockOnlyWhatIsFound(this.database.dialect(), connection);
                    T result = work.on(connection);
                    committing.set(true);
                    return result;
                });
            });
        }
        catch (SQLException ex) {
            throw committing.get() ? unanswered(what, ex) : failure(what, ex);
        }
        catch (RuntimeException ex) {
            throw committing.get() ? unanswered(what, ex) : ex;
        }
    }

    private static <T> T call(String what, SqlCall<T> call) {
        try {
            return call.get();
        }
        catch (SQLException ex) {
            throw failure(what, ex);
        }
    }

    private static OutboxStoreException failure(String what, SQLException cause) {
        return new OutboxStoreException("The outbox could not " + what + ": check the database.", false,
                DiscreetSqlException.of(cause));
    }

    private static OutboxStoreException unanswered(String what, Exception cause) {
        return new OutboxStoreException("The outbox does not know whether it could " + what
                + ", because the commit was not answered: check the database.", true, cause);
    }

}
