package io.reliablemq.autoconfigure;

import java.util.List;

import io.reliablemq.producer.ReliableMQTemplate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.data.redis.connection.RedisConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * What a property asks for is there, or the application does not start: nobody believes
 * to have what is missing.
 */
class AskedForTests {

    private final ApplicationContextRunner noDatabase = with(Applications.withRocketMQ());

    private final ApplicationContextRunner unusedDatabase = with(Applications.withDatabase())
        .withBean(RedisConnectionFactory.class, () -> mock(RedisConnectionFactory.class))
        .withPropertyValues("reliable-mq.idempotency.store=redis");

    private static ApplicationContextRunner with(ApplicationContextRunner runner) {
        return runner
            .withConfiguration(AutoConfigurations.of(ReliableMQReconcileAutoConfiguration.class,
                    ReliableMQReconcileScheduleAutoConfiguration.class))
            .withPropertyValues("reliable-mq.id.worker-id=1");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            outbox.mode=transactional    | reliable-mq.outbox.mode is TRANSACTIONAL
            outbox.mode=always           | reliable-mq.outbox.mode is ALWAYS
            outbox.mode=Fallback         | reliable-mq.outbox.mode is FALLBACK
            ledger.topics=orders         | reliable-mq.ledger.topics is [orders]
            ledger.topics[0]=orders      | reliable-mq.ledger.topics is [orders]
            reconcile.window=1h          | Reconciliation is scheduled
            reconcile.cron=0 30 2 * * *  | Reconciliation is scheduled
            jdbc.data-source=orders      | reliable-mq.jdbc.data-source is orders
            jdbc.dataSource=orders       | reliable-mq.jdbc.data-source is orders
            """)
    void isRefusedWithoutADatabase(String property, String what) {
        for (ApplicationContextRunner runner : List.of(this.noDatabase, this.unusedDatabase)) {
            runner.withPropertyValues("reliable-mq." + property).run((context) -> {
                assertThat(Messages.of(context.getStartupFailure())).contains(what)
                    .contains("Configure a DataSource")
                    .contains("without reliable-mq.idempotency.store=redis");
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = { "enabled=true", "outbox.mode=off", "outbox.mode=false", "outbox.batch-size=7",
            "reconcile.cron=off", "reconcile.cron=-", "reconcile.dry-run=false", "dead-letter.storage=auto",
            "jdbc.table-prefix=my_" })
    void asksForNothingThatNeedsADatabase(String property) {
        this.noDatabase.withPropertyValues("reliable-mq." + property)
            .run((context) -> assertThat(context).hasNotFailed().hasSingleBean(ReliableMQTemplate.class));
    }

    @Test
    void asksForNothingWhereReconciliationIsSwitchedOff() {
        this.noDatabase
            .withPropertyValues("reliable-mq.reconcile.enabled=no", "reliable-mq.reconcile.cron=0 30 2 * * *")
            .run((context) -> assertThat(context).hasNotFailed());
    }

    @Test
    void refusesAScheduleWhereNothingIsSent() {
        with(Applications.bare(BootLine.DATA_SOURCE, BootLine.TRANSACTION_MANAGER))
            .withPropertyValues(Applications.newDatabase(), "rocketmq.name-server=127.0.0.1:1",
                    "reliable-mq.reconcile.window=1h")
            .run((context) -> assertThat(Messages.of(context.getStartupFailure()))
                .contains("Reconciliation is scheduled")
                .contains("rocketmq.producer.group"));
    }

}
