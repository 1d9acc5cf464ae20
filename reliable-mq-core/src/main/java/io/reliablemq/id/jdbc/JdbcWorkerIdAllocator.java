package io.reliablemq.id.jdbc;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;

import javax.sql.DataSource;

import io.reliablemq.id.IdSpace;
import io.reliablemq.id.WorkerIdAllocator;
import io.reliablemq.id.WorkerIdUnavailableException;
import io.reliablemq.id.WorkerLease;

/**
 * Leases worker ids from the table {@code <prefix>worker} of H2, PostgreSQL, MariaDB or
 * MySQL. Takes connections of its own with auto-commit, so that a rollback of the caller
 * undoes nothing. The name of the id space is the owner of the row with the worker id -1,
 * which is nobody's: with the table goes the space, as it has to. Whether a worker id is
 * free is judged by the claimant's clock, which only matters for how soon one is reused.
 */
public final class JdbcWorkerIdAllocator implements WorkerIdAllocator {

    private static final int ROUNDS = 10;

    private final WorkerTable table;

    /**
     * Creates an allocator. Nothing is read before the first claim.
     * @param dataSource where the table is
     * @param tablePrefix what the name of the table begins with, for example
     * {@code reliable_mq_}
     */
    public JdbcWorkerIdAllocator(DataSource dataSource, String tablePrefix) {
        this.table = new WorkerTable(dataSource, tablePrefix);
    }

    @Override
    public WorkerLease claim(long now, long limit) {
        String owner = UUID.randomUUID().toString();
        try {
            for (int round = 0; round < ROUNDS; round++) {
                List<WorkerTable.Row> candidates = candidates(this.table.findAll(), now);
                if (candidates.isEmpty()) {
                    throw WorkerIdUnavailableException.allTaken("table " + this.table.name());
                }
                for (WorkerTable.Row candidate : candidates) {
                    if (this.table.take(candidate, owner, limit)) {
                        return new WorkerLease(candidate.workerId(), owner, candidate.limit(), limit);
                    }
                }
            }
        }
        catch (SQLException ex) {
            throw failed("leased", ex);
        }
        throw new WorkerIdUnavailableException("Other instances were faster at every free worker id in table "
                + this.table.name() + " (" + ROUNDS + " rounds): start again.", null);
    }

    /**
     * Numbers never used come first, then those whose limit lies back furthest; shuffled,
     * so that instances that start together rarely meet.
     */
    private static List<WorkerTable.Row> candidates(List<WorkerTable.Row> rows, long now) {
        boolean[] known = new boolean[WORKERS];
        List<WorkerTable.Row> free = new ArrayList<>();
        for (WorkerTable.Row row : rows) {
            if (row.workerId() >= 0 && row.workerId() < WORKERS) {
                known[row.workerId()] = true;
                if (row.limit() < now) {
                    free.add(row);
                }
            }
        }
        free.sort(Comparator.comparingLong(WorkerTable.Row::limit));
        List<WorkerTable.Row> candidates = new ArrayList<>();
        for (int workerId = 0; workerId < WORKERS; workerId++) {
            if (!known[workerId]) {
                candidates.add(WorkerTable.Row.unused(workerId));
            }
        }
        Collections.shuffle(candidates);
        candidates.addAll(free);
        return candidates;
    }

    @Override
    public boolean extend(WorkerLease lease, long limit) {
        try {
            return this.table.raiseLimit(lease, limit);
        }
        catch (SQLException ex) {
            throw failed("extended", ex);
        }
    }

    @Override
    public void release(WorkerLease lease, long lastTimestamp) {
        try {
            this.table.release(lease, lastTimestamp);
        }
        catch (SQLException ex) {
            throw failed("given back", ex);
        }
    }

    @Override
    public String space() {
        try {
            String space = this.table.space(IdSpace.random());
            if (!IdSpace.isValid(space)) {
                throw new WorkerIdUnavailableException("The id space in table " + this.table.name() + " (owner of"
                        + " worker_id -1) is '" + space + "', which is none. Correct the row: up to "
                        + IdSpace.MAX_LENGTH + " of a to z, 0 to 9 and '-'.", null);
            }
            return space;
        }
        catch (SQLException ex) {
            throw failed("given an id space", ex);
        }
    }

    private WorkerIdUnavailableException failed(String what, SQLException ex) {
        return new WorkerIdUnavailableException("A worker id could not be " + what + ": table " + this.table.name()
                + " does not answer (" + ex.getMessage() + "). Check the database and that the table exists, or give"
                + " every instance a number of its own in reliable-mq.id.worker-id.", ex);
    }

}
