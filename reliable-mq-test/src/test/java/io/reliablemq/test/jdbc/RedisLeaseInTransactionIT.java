package io.reliablemq.test.jdbc;

import java.util.UUID;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.idempotency.IdempotencyStore;
import io.reliablemq.idempotency.redis.RedisIdempotencyStore;
import io.reliablemq.test.servers.RedisServers;

class RedisLeaseInTransactionIT extends LeaseInTransactionContract {

    @Override
    IdempotencyStore store(HikariDataSource effects) {
        return new RedisIdempotencyStore(RedisServers.shared().connectionFactory(), UUID.randomUUID() + ":");
    }

}
