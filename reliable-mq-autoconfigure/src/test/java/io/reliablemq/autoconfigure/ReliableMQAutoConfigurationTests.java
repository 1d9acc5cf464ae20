package io.reliablemq.autoconfigure;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

import javax.sql.DataSource;

import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.id.WorkerIdAllocator;
import io.reliablemq.id.jdbc.JdbcWorkerIdAllocator;
import io.reliablemq.id.redis.RedisWorkerIdAllocator;
import io.reliablemq.idempotency.IdempotencyGuard;
import io.reliablemq.listener.GuardFactory;
import io.reliablemq.listener.RecordPurge;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendRetryPolicy;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.listener.ListenerInstaller;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.jdbc.core.JdbcOperations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link ReliableMQAutoConfiguration}.
 */
class ReliableMQAutoConfigurationTests {

    private final ApplicationContextRunner rocketMQ = Applications.withRocketMQ();

    private final ApplicationContextRunner database = Applications.withDatabase();

    @Test
    void startsWithADatabaseAndNoBroker() {
        this.database.run((context) -> {
            assertThat(context).hasNotFailed().hasSingleBean(ReliableMQTemplate.class);
            assertThat(context).getBean(MessageIdGenerator.class).isInstanceOf(SnowflakeIdGenerator.class);
            assertThat(context).getBean(WorkerIdAllocator.class).isInstanceOf(JdbcWorkerIdAllocator.class);
            assertThat(context).hasSingleBean(SendRetryPolicy.class)
                .hasSingleBean(GuardFactory.class)
                .hasSingleBean(IdempotencyGuard.class)
                .hasSingleBean(ListenerInstaller.class)
                .hasSingleBean(ListenerRegistry.class)
                .hasSingleBean(RecordPurge.class);
            assertThat(context.getBean(MessageIdGenerator.class).nextId()).isPositive();
        });
    }

    @Test
    void definesNothingWhenDisabled() {
        this.database.withPropertyValues("reliable-mq.enabled=false").run((context) -> {
            assertThat(context).hasNotFailed().hasSingleBean(RocketMQTemplate.class);
            assertThat(context.getBeanDefinitionNames())
                .noneMatch((name) -> name.toLowerCase(Locale.ROOT).contains("reliablemq"));
        });
    }

    @Test
    void hasNoTemplateWithoutAProducer() {
        Applications.bare().run((context) -> {
            assertThat(context).hasNotFailed();
            assertThat(context).doesNotHaveBean(ReliableMQTemplate.class).doesNotHaveBean(MessageIdGenerator.class);
            assertThat(context).hasSingleBean(ListenerInstaller.class);
        });
    }

    @Test
    void needsNeitherDatabaseNorRedisWhenTheWorkerIdIsGiven() {
        this.rocketMQ.withPropertyValues("reliable-mq.id.worker-id=7")
            .withClassLoader(new FilteredClassLoader(JdbcOperations.class, RedisConnectionFactory.class))
            .run((context) -> {
                assertThat(context).hasNotFailed().doesNotHaveBean(WorkerIdAllocator.class);
                long id = context.getBean(MessageIdGenerator.class).nextId();
                assertThat(SnowflakeIdGenerator.workerIdOf(id)).isEqualTo(7);
            });
    }

    @Test
    void makesTheIdSpaceOfAFixedWorkerIdOfTheApplicationsName() {
        ApplicationContextRunner fixed = this.rocketMQ.withPropertyValues("reliable-mq.id.worker-id=7");
        fixed.run((context) -> assertThat(space(context)).isNull());
        fixed.withPropertyValues("spring.application.name=order-service")
            .run((context) -> assertThat(space(context)).isEqualTo("order-service"));
        fixed.withPropertyValues("spring.application.name=order-service", "reliable-mq.id.space=mine")
            .run((context) -> assertThat(space(context)).isEqualTo("mine"));
    }

    @Test
    void keepsTheIdSpaceOfLeasedWorkerIdsInTheDatabase() {
        ApplicationContextRunner named = this.database.withPropertyValues("spring.application.name=order-service");
        named.run((context) -> {
            String kept = new JdbcWorkerIdAllocator(context.getBean(DataSource.class), "reliable_mq_").space();
            assertThat(space(context)).isEqualTo(kept).isNotEqualTo("order-service");
        });
        named.withPropertyValues("reliable-mq.id.space=mine")
            .run((context) -> assertThat(space(context)).isEqualTo("mine"));
    }

    private static @Nullable String space(BeanFactory context) {
        return context.getBean(MessageIdGenerator.class).space();
    }

    @Test
    void saysWhatToDoWhenThereIsNoWorkerId() {
        this.rocketMQ.run((context) -> assertThat(context).getFailure()
            .rootCause()
            .hasMessageContaining("there is nowhere to lease this node's worker id from")
            .hasMessageContaining("Set reliable-mq.id.worker-id to a number from 0 to 1023"));
    }

    @Test
    void leasesTheWorkerIdFromRedisWhenAsked() {
        this.database.withPropertyValues("reliable-mq.id.allocator=redis")
            .withBean(RedisConnectionFactory.class, () -> mock(RedisConnectionFactory.class))
            .withBean(MessageIdGenerator.class, () -> mock(MessageIdGenerator.class))
            .run((context) -> assertThat(context).getBean(WorkerIdAllocator.class)
                .isInstanceOf(RedisWorkerIdAllocator.class));
    }

    @Test
    void prefersTheDatabaseForTheWorkerId() {
        this.database.withBean(RedisConnectionFactory.class, () -> mock(RedisConnectionFactory.class))
            .run((context) -> assertThat(context).getBean(WorkerIdAllocator.class)
                .isInstanceOf(JdbcWorkerIdAllocator.class));
    }

    @Test
    void leasesTheWorkerIdFromRedisWhereThereIsNoDatabase() {
        this.rocketMQ.withBean(RedisConnectionFactory.class, () -> mock(RedisConnectionFactory.class))
            .withBean(MessageIdGenerator.class, () -> mock(MessageIdGenerator.class))
            .run((context) -> assertThat(context).getBean(WorkerIdAllocator.class)
                .isInstanceOf(RedisWorkerIdAllocator.class));
    }

    @Test
    void doesNotLeaseFromTheDatabaseWhenOnlyRedisIsAllowed() {
        this.database.withPropertyValues("reliable-mq.id.allocator=redis")
            .run((context) -> assertThat(context).getFailure()
                .rootCause()
                .hasMessageContaining("nowhere to lease this node's worker id from"));
    }

    @Test
    void usesTheUsersIdGenerator() {
        MessageIdGenerator own = mock(MessageIdGenerator.class);
        this.rocketMQ.withBean(MessageIdGenerator.class, () -> own)
            .run((context) -> assertThat(context).hasNotFailed().getBean(MessageIdGenerator.class).isSameAs(own));
    }

    @Test
    void usesTheUsersRetryPolicy() {
        SendRetryPolicy own = (attempt) -> Optional.of(Duration.ZERO);
        this.database.withBean(SendRetryPolicy.class, () -> own)
            .run((context) -> assertThat(context).hasNotFailed().getBean(SendRetryPolicy.class).isSameAs(own));
    }

    @Test
    void usesTheUsersTemplate() {
        ReliableMQTemplate own = mock(ReliableMQTemplate.class);
        this.database.withBean(ReliableMQTemplate.class, () -> own)
            .run((context) -> assertThat(context).hasNotFailed().getBean(ReliableMQTemplate.class).isSameAs(own));
    }

    @Test
    void usesTheUsersAllocator() {
        WorkerIdAllocator own = mock(WorkerIdAllocator.class);
        this.database.withBean(WorkerIdAllocator.class, () -> own)
            .withBean(MessageIdGenerator.class, () -> mock(MessageIdGenerator.class))
            .run((context) -> assertThat(context).hasNotFailed().getBean(WorkerIdAllocator.class).isSameAs(own));
    }

    @Test
    void usesTheUsersGuards() {
        GuardFactory factory = new GuardFactory(List.of(), Map.of(), null, Clock.systemUTC());
        IdempotencyGuard guard = mock(IdempotencyGuard.class);
        this.database.withBean(GuardFactory.class, () -> factory)
            .withBean(IdempotencyGuard.class, () -> guard)
            .run((context) -> {
                assertThat(context).hasNotFailed().getBean(GuardFactory.class).isSameAs(factory);
                assertThat(context).getBean(IdempotencyGuard.class).isSameAs(guard);
            });
    }

    @Test
    void saysThatAGuardNeedsAStoreWhenItIsAskedFor() {
        this.rocketMQ.withPropertyValues("reliable-mq.id.worker-id=1")
            .run((context) -> assertThatThrownBy(() -> context.getBean(IdempotencyGuard.class)).rootCause()
                .hasMessageContaining("there is no idempotency store")
                .hasMessageContaining("Configure a DataSource"));
    }

    @Test
    void sendsOnASecondClusterToo() {
        RocketMQTemplate second = mock(RocketMQTemplate.class);
        given(second.getProducer()).willReturn(null);
        this.database.run((context) -> assertThatThrownBy(() -> context.getBean(ReliableMQTemplate.class).on(second))
            .hasMessageContaining("The RocketMQTemplate has no producer")
            .hasMessageContaining("Set rocketmq.producer.group"));
    }

}
