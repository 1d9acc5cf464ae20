package io.reliablemq.reconcile.elasticjob;

import java.util.function.Supplier;

import io.reliablemq.reconcile.Reconciler;
import io.reliablemq.reconcile.Window;
import org.apache.shardingsphere.elasticjob.api.ShardingContext;
import org.apache.shardingsphere.elasticjob.simple.job.SimpleJob;

/**
 * A job of ElasticJob that parts the window by its sharding items, so that several
 * instances compare it together.
 */
public final class ReconcileJob implements SimpleJob {

    private final Reconciler reconciler;

    private final Supplier<Window> window;

    /**
     * Creates a job.
     * @param reconciler compares
     * @param window the window of an execution; all instances must come to the same one,
     * or parts of it are left out: {@link Window#dayBefore} does
     */
    public ReconcileJob(Reconciler reconciler, Supplier<Window> window) {
        this.reconciler = reconciler;
        this.window = window;
    }

    @Override
    public void execute(ShardingContext context) {
        this.reconciler.run(this.window.get(), context.getShardingItem(), context.getShardingTotalCount());
    }

}
