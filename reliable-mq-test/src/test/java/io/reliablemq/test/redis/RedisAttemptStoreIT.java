package io.reliablemq.test.redis;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.retry.Attempt;
import io.reliablemq.retry.AttemptStore;
import io.reliablemq.retry.redis.RedisAttemptStore;
import io.reliablemq.test.contract.AttemptStoreContract;
import io.reliablemq.test.servers.RedisProcess;
import io.reliablemq.test.servers.RedisServers;
import org.junit.jupiter.api.Test;

import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class RedisAttemptStoreIT extends AttemptStoreContract {

    private final RedisProcess redis = RedisServers.shared();

    private final String prefix = UUID.randomUUID() + ":";

    private final StringRedisTemplate template = new StringRedisTemplate(this.redis.connectionFactory());

    private final RedisAttemptStore store = new RedisAttemptStore(this.template.getRequiredConnectionFactory(),
            this.prefix, Duration.ofDays(7));

    private final RecordKey key = RecordKey.ofMessageId("GID", 42);

    @Override
    protected AttemptStore store() {
        return this.store;
    }

    @Override
    protected boolean purges() {
        return false;
    }

    @Test
    void countsAndExpiresLongAfterTheDueTime() {
        this.store.recordPostponement(this.key, Duration.ofMinutes(1));
        Attempt attempt = this.store.recordFailure(this.key, new IllegalStateException(), Duration::ofHours);
        assertThat(attempt.failures()).isOne();
        assertThat(attempt.postponements()).isOne();
        assertThat(attempt.exception()).isEqualTo("java.lang.IllegalStateException");
        assertThat(this.store.find(this.key)).contains(attempt);
        long expire = this.template.getExpire(name(), TimeUnit.MINUTES);
        assertThat(expire).isBetween(7 * 24 * 60 + 58L, 7 * 24 * 60 + 60L);
    }

    @Test
    void leavesTheFailureCountedWhenTheDueTimeIsNotStored() {
        assertThatIllegalStateException()
            .isThrownBy(() -> this.store.recordFailure(this.key, new RuntimeException(), (failures) -> {
                throw new IllegalStateException("Crash");
            }));
        assertThat(this.store.find(this.key).orElseThrow().failures()).isOne();
        assertThat(this.template.getExpire(name())).isPositive();
    }

    @Test
    void doesNotBringBackWhatWasClearedMeanwhile() {
        this.store.recordFailure(this.key, new RuntimeException(), (failures) -> {
            this.store.clear(this.key);
            return Duration.ofSeconds(1);
        });
        assertThat(this.store.find(this.key)).isEmpty();
    }

    @Test
    void failsWhenRedisIsGone() {
        RedisProcess own = RedisServers.start();
        RedisAttemptStore store = new RedisAttemptStore(own.connectionFactory(Duration.ofMillis(300)), this.prefix,
                Duration.ofDays(1));
        own.kill();
        assertThatExceptionOfType(IdempotencyStoreException.class).isThrownBy(() -> store.find(this.key));
        own.close();
    }

    private String name() {
        return this.prefix + "attempt:{GID:" + this.key.identity() + "}";
    }

}
