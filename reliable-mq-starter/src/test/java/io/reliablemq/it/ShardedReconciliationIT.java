package io.reliablemq.it;

import java.time.Instant;
import java.util.List;

import io.reliablemq.reconcile.ReconcileReport;
import io.reliablemq.reconcile.ReconcileRuns;
import io.reliablemq.reconcile.ReconcileRuns.RecordedRun;
import io.reliablemq.reconcile.Reconciler;
import io.reliablemq.reconcile.Verdict;
import io.reliablemq.reconcile.Window;
import io.reliablemq.reconcile.elasticjob.ReconcileJob;
import org.apache.curator.test.TestingServer;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.apache.shardingsphere.elasticjob.api.JobConfiguration;
import org.apache.shardingsphere.elasticjob.lite.api.bootstrap.impl.OneOffJobBootstrap;
import org.apache.shardingsphere.elasticjob.reg.zookeeper.ZookeeperConfiguration;
import org.apache.shardingsphere.elasticjob.reg.zookeeper.ZookeeperRegistryCenter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A job of ElasticJob compares a window in parts.
 */
@Tag("faults")
@Timeout(300)
class ShardedReconciliationIT {

    private static final int MESSAGES = 500;

    private static final int SHARDS = 3;

    @Test
    void comparesEachPartOnce() throws Exception {
        try (TestingServer zooKeeper = new TestingServer();
                Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            scenario.with("reliable-mq.reconcile.grace", "0s");
            Instant begin = Instant.now().minusMillis(5);
            RunningApplication application = scenario.start("one", EffectListener.class);
            new SentLedgerRows(scenario.database(), scenario.topic())
                .send(application.bean(RocketMQTemplate.class).getProducer(), Sending.keys(MESSAGES));
            Scenario.waitFor("consumed", () -> scenario.effects().total() == MESSAGES);
            Window window = new Window(begin, Instant.now().plusMillis(5));

            ZookeeperRegistryCenter registry = new ZookeeperRegistryCenter(
                    new ZookeeperConfiguration(zooKeeper.getConnectString(), "reliable-mq"));
            registry.init();
            ReconcileRuns runs = application.bean(ReconcileRuns.class);
            try {
                OneOffJobBootstrap job = new OneOffJobBootstrap(registry,
                        new ReconcileJob(application.bean(Reconciler.class), () -> window),
                        JobConfiguration.newBuilder("reconcile", SHARDS).build());
                job.execute();
                Scenario.waitFor("compared", () -> finished(runs) == SHARDS);
                job.shutdown();
            }
            finally {
                registry.close();
            }
            List<RecordedRun> parts = runs.latest(10);
            assertThat(parts).map((part) -> part.run().shard()).containsExactlyInAnyOrder(0, 1, 2);
            assertThat(parts).map((part) -> part.run().shards()).containsOnly(SHARDS);
            assertThat(parts.stream().mapToLong((part) -> part.result().count(Verdict.OK)).sum()).isEqualTo(MESSAGES);
            assertThat(parts).map(RecordedRun::run)
                .map(ReconcileReport::window)
                .containsExactlyInAnyOrder(window.slice(0, SHARDS), window.slice(1, SHARDS), window.slice(2, SHARDS));
        }
    }

    private static long finished(ReconcileRuns runs) {
        return runs.latest(10).stream().filter((run) -> run.status().equals("FINISHED")).count();
    }

}
