package io.reliablemq.autoconfigure;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

import javax.sql.DataSource;

import io.reliablemq.idempotency.IdempotencyGuard;
import io.reliablemq.rocketmq.listener.ListenerInstaller;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A value that cannot be used ends the start with a sentence that names it and says what
 * to write instead.
 */
class InvalidPropertiesTests {

    @ParameterizedTest
    @CsvSource(delimiter = '|',
            textBlock = """
                    id.worker-id=1024                          | reliable-mq.id.worker-id is 1024        | from 0 to 1023
                    id.worker-id=-1                            | reliable-mq.id.worker-id is -1          | from 0 to 1023
                    id.worker-id=seven                         | seven                                   | Integer
                    id.space=Orders_1                          | reliable-mq.id.space is Orders_1        | of a to z
                    id.allocator=zookeeper                     | zookeeper                               | WorkerIdAllocation
                    id.clock-backward-wait=-1ms                | id.clock-backward-wait is PT-0.001S     | Set it to 0ms or more
                    producer.max-attempts=0                    | producer.max-attempts is 0              | at least 1
                    producer.backoff.initial=-1s               | producer.backoff.initial is PT-1S       | Set it to 0ms or more
                    producer.backoff.multiplier=0.5            | producer.backoff.multiplier is 0.5      | at least 1
                    producer.backoff.max=1ms                   | producer.backoff.max is PT0.001S        | at least backoff.initial
                    producer.backoff.jitter=2                  | producer.backoff.jitter is 2.0          | from 0 to 1
                    producer.attempt-timeout=0s                | producer.attempt-timeout is PT0S        | a duration above zero
                    producer.deadline=soon                     | soon                                    | Duration
                    producer.deadline=-1s                      | producer.deadline is PT-1S              | a duration above zero
                    producer.required-status=acknowledged      | acknowledged                            | StorageStatus
                    producer.max-in-flight=0                   | producer.max-in-flight is 0             | at least 1
                    idempotency.store=mongo                    | mongo                                   | IdempotencyStoreType
                    idempotency.mode=sometimes                 | sometimes                               | IdempotencyMode
                    idempotency.lease=0s                       | idempotency.lease is PT0S               | a duration above zero
                    idempotency.lock-wait=0s                   | idempotency.lock-wait is PT0S           | a duration above zero
                    idempotency.retention=-1d                  | idempotency.retention is PT-24H         | a duration above zero
                    idempotency.replay-allowance=-1d           | idempotency.replay-allowance is PT-24H  | Set it to 0ms or more
                    idempotency.deferred-completion=later      | later                                   | boolean
                    dead-letter.storage=shelf                  | shelf                                   | DeadLetterStorage
                    dead-letter.retention=0s                   | dead-letter.retention is PT0S           | a duration above zero
                    dead-letter.replay-timeout=-1h             | dead-letter.replay-timeout is PT-1H     | a duration above zero
                    dead-letter.show-payload=sometimes         | sometimes                               | PayloadVisibility
                    outbox.mode=sometimes                      | sometimes                               | OutboxMode
                    outbox.lease=12s                           | outbox.lease is PT12S                   | more than twice reliable-mq.producer.attempt-timeout
                    outbox.batch-size=0                        | outbox.batch-size is 0                  | from 1 to 1000
                    outbox.poll=0s                             | outbox.poll is PT0S                     | a duration above zero
                    outbox.retention=-1d                       | outbox.retention is PT-24H              | a duration above zero
                    outbox.threads=0                           | outbox.threads is 0                     | at least 1
                    durability.flush=never                     | never                                   | FlushMode
                    durability.in-sync-replicas=0              | durability.in-sync-replicas is 0        | 1 or more
                    durability.on-violation=panic              | panic                                   | OnViolation
                    durability.interval=-1s                    | durability.interval is PT-1S            | Set it to 0ms or more
                    topic.on-start=perhaps                     | perhaps                                 | TopicsOnStart
                    topic.fail-fast=perhaps                    | perhaps                                 | boolean
                    topics.a.queues=0                          | Topic 'a' is declared with 0 queues     | Declare 1 to
                    topics.a.queues=many                       | many                                    | int
                    backlog.poll=0s                            | reliable-mq.backlog.poll is PT0S        | a duration above zero
                    backlog.slow-after=-1s                     | reliable-mq.backlog.slow-after is PT-1S | a duration above zero
                    backlog.stalled-after=0s                   | reliable-mq.backlog.stalled-after is PT0S | a duration above zero
                    backlog.health.lag=-1                      | reliable-mq.backlog.health.lag is -1    | 0 or more
                    backlog.health.lag-time=0s                 | reliable-mq.backlog.health.lag-time is PT0S | a duration above zero
                    backlog.health.stalled-for=-1s             | reliable-mq.backlog.health.stalled-for is PT-1S | Set it to 0ms or more
                    backlog.groups.a.lag=-7                    | reliable-mq.backlog.groups.a.lag is -7  | 0 or more
                    trace.rocketmq=perhaps                     | perhaps                                 | boolean
                    adaptive.interval=10ms                     | reliable-mq.adaptive.interval is PT0.01S | 100ms or more
                    adaptive.error-rate=0                      | reliable-mq.adaptive.error-rate is 0.0  | above 0 and up to 1
                    adaptive.max-cpu=90                        | reliable-mq.adaptive.max-cpu is 90.0    | above 0 and up to 1
                    shutdown.drain-timeout=-1s                 | drain timeout PT-1S                     | Set reliable-mq.shutdown.drain-timeout to 0s or more
                    jdbc.initialize-schema=sometimes           | sometimes                               | SchemaInitialization
                    jdbc.table-prefix=1;drop                   | table prefix '1;drop'                   | Set reliable-mq.jdbc.table-prefix
                    jdbc.data-source=nowhere                   | 'nowhere'                               | reliable-mq.jdbc.data-source
                    delay-levels=1s then 5s                    | reliable-mq.delay-levels                | Copy the broker's messageDelayLevel
                    delay-levels=1x                            | entry '1x'                              | for example 1s 5s 10s
                    listeners.nobody.threads=3                 | reliable-mq.listeners.nobody matches no listener | Write the consumer group
                    listeners.a.retry.max-attempts=-1          | reliable-mq.listeners.a.retry.max-attempts is -1 | 0 for no end
                    listeners.a.retry.backoff=0s               | reliable-mq.listeners.a.retry.backoff   | above zero
                    listeners.a.retry.not-retryable=NoClass    | NoClass                                 | Class
                    listeners.a.threads=0                      | reliable-mq.listeners.a.threads is 0    | from 1 to 999
                    listeners.a.max-threads=1000               | reliable-mq.listeners.a.max-threads is 1000 | from 1 to 999
                    listeners.a.tuning.prefetch=0              | reliable-mq.listeners.a.tuning.prefetch is 0 | from 1 to 65535
                    listeners.a.tuning.prefetch-size=900KB     | reliable-mq.listeners.a.tuning.prefetch-size | from 1MB to 1024MB
                    listeners.a.tuning.pull-batch=2000         | reliable-mq.listeners.a.tuning.pull-batch is 2000 | from 1 to 1024
                    listeners.a.tuning.pull-interval=2m        | reliable-mq.listeners.a.tuning.pull-interval is PT2M | from 0ms to 65s
                    listeners.a.tuning.concurrent-span=0       | reliable-mq.listeners.a.tuning.concurrent-span is 0 | from 1 to 65535
                    listeners.a.async-in-flight=0              | reliable-mq.listeners.a.async-in-flight is 0 | from 1 to 65535
                    listeners.a.adaptive.min-threads=0         | reliable-mq.listeners.a.adaptive.min-threads is 0 | from 1 to 999
                    listeners.a.idempotency.lease=0s           | reliable-mq.listeners.a.idempotency.lease is PT0S | above zero
                    listeners.a.idempotency.store=disk         | disk                                    | IdempotencyStoreType
                    """)
    void isRefused(String property, String what, String instead) {
        assertThat(refusal(Applications.withPropertiesOnly(), property)
            .orElseGet(() -> refusal(Applications.withDatabase(), property).orElse("not refused"))).contains(what)
            .contains(instead);
    }

    private static Optional<String> refusal(ApplicationContextRunner application, String property) {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        application.withPropertyValues("reliable-mq." + property)
            .run((context) -> failure.set(context.getStartupFailure()));
        return Optional.ofNullable(failure.get()).map(Messages::of);
    }

    @ParameterizedTest
    @CsvSource({ "id.clock-backward-wait=0ms", "producer.required-status=STORED", "producer.required-status=flushed",
            "idempotency.store=Jdbc", "idempotency.mode=lease", "idempotency.deferred-completion=true",
            "idempotency.retention=30d", "jdbc.initialize-schema=always", "jdbc.table-prefix=PUBLIC.my_mq_",
            "jdbc.data-source=dataSource", "delay-levels=1s 2s", "shutdown.drain-timeout=0s",
            "dead-letter.storage=Both", "dead-letter.show-payload=when-authorized", "id.allocator=JDBC" })
    void isAccepted(String property) {
        Applications.withDatabase()
            .withPropertyValues("reliable-mq." + property)
            .run((context) -> assertThat(context).hasNotFailed().hasSingleBean(ListenerInstaller.class));
    }

    @Test
    void refusesToDeferWhatIsCommittedWithTheEffect() {
        Applications.withDatabase()
            .withPropertyValues("reliable-mq.idempotency.mode=transactional",
                    "reliable-mq.idempotency.deferred-completion=true")
            .run((context) -> assertThat(Messages.of(context.getStartupFailure()))
                .contains("reliable-mq.idempotency.deferred-completion is true")
                .contains("Remove reliable-mq.idempotency.deferred-completion"));
    }

    @Test
    void completesWhatWasDeferredWhenTheApplicationCloses() {
        Applications.withDatabase()
            .withPropertyValues("reliable-mq.idempotency.mode=lease",
                    "reliable-mq.idempotency.deferred-completion=true")
            .run((context) -> {
                context.getBean(IdempotencyGuard.class).execute("invoices", "7", () -> "written");
                assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName)
                    .contains("reliable-mq-completions");
                context.publishEvent(new ContextClosedEvent(context.getSourceApplicationContext()));
                assertThat(new JdbcTemplate(context.getBean(DataSource.class))
                    .queryForObject("SELECT status FROM reliable_mq_inbox", String.class)).isEqualTo("DONE");
            });
    }

}
