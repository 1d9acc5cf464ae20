package io.reliablemq.idempotency;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionSynchronizationUtils;
import org.springframework.util.ReflectionUtils;

/**
 * A point to which the transaction can go back, in the database and in what Spring knows
 * of it: callbacks that were registered since then are ended as those of a transaction
 * that is rolled back, so that what they have bound is given back. The transaction itself
 * goes on: what a callback does while it is ended belongs to it.
 */
final class MessageSavepoint {

    private static final Logger logger = LoggerFactory.getLogger(MessageSavepoint.class);

    private final TransactionStatus status;

    private final Object savepoint;

    private final List<TransactionSynchronization> callbacks = synchronizations();

    private final boolean takesAllBack;

    private MessageSavepoint(TransactionStatus status, Object savepoint, boolean takesAllBack) {
        this.status = status;
        this.savepoint = savepoint;
        this.takesAllBack = takesAllBack;
    }

    /**
     * Sets a savepoint.
     * @param resources what was bound to the thread when the transaction began
     */
    static MessageSavepoint set(TransactionStatus status, Map<Object, Object> resources) {
        boolean takesAllBack = TransactionSynchronizationManager.getResourceMap()
            .entrySet()
            .stream()
            .allMatch((bound) -> resources.get(bound.getKey()) == bound.getValue()
                    || followsSavepoints(bound.getValue()));
        return new MessageSavepoint(status, status.createSavepoint(), takesAllBack);
    }

    /**
     * An object that learns of savepoints takes back what it has noted since then. Others
     * do not: a MyBatis session of an earlier message, for example, keeps its cache and
     * the statements of a JDBC batch.
     */
    private static boolean followsSavepoints(Object resource) {
        if (!(resource instanceof TransactionSynchronization)) {
            return false;
        }
        var method = ReflectionUtils.findMethod(resource.getClass(), "savepointRollback", Object.class);
        return method != null && method.getDeclaringClass() != TransactionSynchronization.class;
    }

    /**
     * Whether nothing of what is done from here on is noted anywhere else but in the
     * database and in objects that follow it.
     */
    boolean takesAllBack() {
        return this.takesAllBack;
    }

    /**
     * Goes back. If that fails, the transaction must be rolled back as a whole.
     * @param failure the reason
     */
    void rollBack(Throwable failure) {
        List<TransactionSynchronization> dropped = new ArrayList<>(synchronizations());
        dropped.removeAll(this.callbacks);
        dropped.forEach(MessageSavepoint::beforeCompletion);
        int completion = TransactionSynchronization.STATUS_UNKNOWN;
        try {
            this.status.rollbackToSavepoint(this.savepoint);
            completion = TransactionSynchronization.STATUS_ROLLED_BACK;
        }
        catch (RuntimeException | Error ex) {
            ex.addSuppressed(failure);
            throw ex;
        }
        finally {
            if (!dropped.isEmpty()) {
                TransactionSynchronizationManager.clearSynchronization();
                TransactionSynchronizationManager.initSynchronization();
                this.callbacks.forEach(TransactionSynchronizationManager::registerSynchronization);
                TransactionSynchronizationUtils.invokeAfterCompletion(dropped, completion);
            }
        }
    }

    /** Forgets the savepoint. Fails, with most drivers, if it is gone. */
    void release() {
        this.status.releaseSavepoint(this.savepoint);
    }

    private static List<TransactionSynchronization> synchronizations() {
        return TransactionSynchronizationManager.isSynchronizationActive()
                ? TransactionSynchronizationManager.getSynchronizations() : List.of();
    }

    /** As Spring does: a callback that fails does not keep the others from theirs. */
    private static void beforeCompletion(TransactionSynchronization callback) {
        try {
            callback.beforeCompletion();
        }
        catch (RuntimeException | Error ex) {
            logger.error("A callback of a message that is rolled back failed before completion", ex);
        }
    }

}
