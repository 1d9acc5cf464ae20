package io.reliablemq.autoconfigure;

import java.time.Clock;

import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.id.WorkerIdAllocator;
import io.reliablemq.id.redis.RedisWorkerIdAllocator;
import io.reliablemq.idempotency.IdempotencyStoreType;
import io.reliablemq.idempotency.IdentityClashes;
import io.reliablemq.idempotency.LeaseKeeper;
import io.reliablemq.idempotency.redis.RedisIdempotencyStore;
import io.reliablemq.listener.StoreBackend;
import io.reliablemq.retry.redis.RedisAttemptStore;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Auto-configuration of state in Redis: idempotency records, attempts, worker ids.
 */
@AutoConfiguration(after = ReliableMQJdbcAutoConfiguration.class,
        afterName = { "org.springframework.boot.autoconfigure.data.redis.RedisAutoConfiguration",
                "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration" })
@ConditionalOnFlag("reliable-mq.enabled")
@ConditionalOnClass(RedisConnectionFactory.class)
@ConditionalOnBean(RedisConnectionFactory.class)
@EnableConfigurationProperties(ReliableMQProperties.class)
public class ReliableMQRedisAutoConfiguration {

    private static final int AFTER_JDBC = Ordered.LOWEST_PRECEDENCE - 100;

    @Bean
    @ConditionalOnMissingBean
    RedisIdempotencyStore reliableMQRedisIdempotencyStore(RedisConnectionFactory connections,
            ReliableMQProperties properties, ObjectProvider<MeterRegistry> meters) {
        return new RedisIdempotencyStore(connections, properties.idempotency().redis().keyPrefix(), Clock.systemUTC(),
                new IdentityClashes(Unique.meters(meters)));
    }

    @Bean
    @ConditionalOnMissingBean
    RedisAttemptStore reliableMQRedisAttemptStore(RedisConnectionFactory connections, ReliableMQProperties properties) {
        return new RedisAttemptStore(connections, properties.idempotency().redis().keyPrefix(),
                properties.idempotency().retention());
    }

    /**
     * The backend of listeners that keep their state in Redis.
     * @param store idempotency records
     * @param attempts failed attempts
     * @param meters counts lost leases
     * @param properties decide when claims are completed
     * @return the backend
     */
    @Bean
    @Order(AFTER_JDBC)
    StoreBackend reliableMQRedisBackend(RedisIdempotencyStore store, RedisAttemptStore attempts,
            ObjectProvider<MeterRegistry> meters, ReliableMQProperties properties) {
        return new StoreBackend(IdempotencyStoreType.REDIS, store, attempts,
                new LeaseKeeper(store, Unique.meters(meters), properties.idempotency().deferredCompletion()), null,
                store::checkEvictionPolicy);
    }

    /** The database takes precedence: its allocator, if any, is already defined. */
    @Bean
    @ConditionalOnSetting(name = "reliable-mq.id.allocator", type = WorkerIdAllocation.class, not = "JDBC")
    @ConditionalOnMissingBean(WorkerIdAllocator.class)
    RedisWorkerIdAllocator reliableMQRedisWorkerIds(RedisConnectionFactory connections,
            ReliableMQProperties properties) {
        return new RedisWorkerIdAllocator(connections, properties.idempotency().redis().keyPrefix());
    }

}
