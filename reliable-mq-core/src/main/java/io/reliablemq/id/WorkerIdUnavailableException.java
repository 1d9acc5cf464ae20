package io.reliablemq.id;

import io.reliablemq.ReliableMQException;
import org.jspecify.annotations.Nullable;

/**
 * No worker id could be leased, or the lease could not be extended in time. No id is
 * drawn without one: another instance might draw the same.
 */
public class WorkerIdUnavailableException extends ReliableMQException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     * @param message what happened and what to do
     * @param cause what the store threw, if it did
     */
    public WorkerIdUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /**
     * For a store in which no worker id is free.
     * @param store where the leases are kept, for example a table's name
     * @return the exception
     */
    public static WorkerIdUnavailableException allTaken(String store) {
        return new WorkerIdUnavailableException("All " + WorkerIdAllocator.WORKERS + " worker ids in " + store
                + " are taken. Those of crashed instances become free when their lease has run out: wait for that,"
                + " or give every instance a number of its own in reliable-mq.id.worker-id.", null);
    }

}
