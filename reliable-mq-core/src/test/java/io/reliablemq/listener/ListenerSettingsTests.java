package io.reliablemq.listener;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.idempotency.IdempotencyMode;
import io.reliablemq.idempotency.IdempotencyStoreType;
import io.reliablemq.idempotency.IdempotentConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

class ListenerSettingsTests {

    private static final List<Duration> BROKER_BACKOFF = List.of(Duration.ofSeconds(10), Duration.ofHours(1));

    private static final IdempotencyDefaults DEFAULTS = IdempotencyDefaults.defaults();

    @Test
    void takesTheDefaultsForWhatNobodySays() {
        ListenerSettings settings = settings(Silent.class, ListenerOverrides.none(), DEFAULTS);

        assertThat(settings.key()).isEmpty();
        assertThat(settings.store()).isEqualTo(IdempotencyStoreType.AUTO);
        assertThat(settings.mode()).isEqualTo(IdempotencyMode.AUTO);
        assertThat(settings.lease()).isEqualTo(Duration.ofMinutes(1));
        assertThat(settings.retention()).isEqualTo(Duration.ofDays(7));
        assertThat(settings.transactionManager()).isEmpty();
        assertThat(settings.retry().maxAttempts()).isEqualTo(16);
        assertThat(settings.retry().backoff()).isEqualTo(BROKER_BACKOFF);
        assertThat(settings.threads()).isNull();
    }

    @Test
    void prefersTheAnnotationToTheDefaults() {
        ListenerSettings settings = settings(Eloquent.class, ListenerOverrides.none(), DEFAULTS);

        assertThat(settings.key()).isEqualTo("#payload.id");
        assertThat(settings.store()).isEqualTo(IdempotencyStoreType.REDIS);
        assertThat(settings.mode()).isEqualTo(IdempotencyMode.LEASE);
        assertThat(settings.lease()).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.retention()).isEqualTo(Duration.ofDays(10));
        assertThat(settings.transactionManager()).isEqualTo("orders");
    }

    @Test
    void prefersPropertiesToTheAnnotation() {
        ListenerOverrides properties = new ListenerOverrides("#payload.no", IdempotencyStoreType.JDBC,
                IdempotencyMode.TRANSACTIONAL, Duration.ofSeconds(5), Duration.ofDays(20), 1, "other", 3,
                List.of(Duration.ofSeconds(1)), List.of(IllegalStateException.class), 4);

        ListenerSettings settings = settings(Eloquent.class, properties, DEFAULTS);

        assertThat(settings.key()).isEqualTo("#payload.no");
        assertThat(settings.store()).isEqualTo(IdempotencyStoreType.JDBC);
        assertThat(settings.mode()).isEqualTo(IdempotencyMode.TRANSACTIONAL);
        assertThat(settings.lease()).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.retention()).isEqualTo(Duration.ofDays(20));
        assertThat(settings.transactionManager()).isEqualTo("other");
        assertThat(settings.retry().maxAttempts()).isEqualTo(3);
        assertThat(settings.retry().backoff()).containsExactly(Duration.ofSeconds(1));
        assertThat(settings.retry().notRetryable()).containsExactly(IllegalStateException.class);
        assertThat(settings.threads()).isEqualTo(4);
    }

    @Test
    void retriesOrderedListenersWithoutEndByDefault() {
        ListenerSettings settings = ListenerSettings.of("g", true, annotation(Silent.class), ListenerOverrides.none(),
                DEFAULTS, BROKER_BACKOFF, (text) -> text);

        assertThat(settings.retry().maxAttempts()).isZero();
        assertThat(settings.retry().backoff()).last().isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void resolvesPlaceholders() {
        Map<String, String> environment = Map.of("${lease}", "15s", "${retention}", "8d");

        ListenerSettings settings = ListenerSettings.of("g", false, annotation(Placeholders.class),
                ListenerOverrides.none(), DEFAULTS, BROKER_BACKOFF, (text) -> environment.getOrDefault(text, text));

        assertThat(settings.lease()).isEqualTo(Duration.ofSeconds(15));
        assertThat(settings.retention()).isEqualTo(Duration.ofDays(8));
    }

    @Test
    void refusesARetentionThatIsShorterThanACopyCanTake() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> settings(ShortRetention.class, ListenerOverrides.none(), DEFAULTS))
            .withMessageContaining("'g' is PT24H")
            .withMessageContaining("72 h in the broker")
            .withMessageContaining("the listener's own retention")
            .withMessageContaining("allow-short-retention=true");
    }

    @Test
    void countsTheRetriesInWhatTheRetentionMustCover() {
        ListenerOverrides patient = new ListenerOverrides(null, null, null, null, null, null, null, 2,
                List.of(Duration.ofHours(13)), null, null);

        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> settings(Silent.class, patient, DEFAULTS))
            .withMessageContaining("PT26H");
    }

    @Test
    void allowsAShortRetentionWhenAsked() {
        IdempotencyDefaults lenient = new IdempotencyDefaults(DEFAULTS.store(), DEFAULTS.mode(), DEFAULTS.lease(),
                DEFAULTS.retention(), DEFAULTS.replayAllowance(), true);

        assertThat(settings(ShortRetention.class, ListenerOverrides.none(), lenient).retention())
            .isEqualTo(Duration.ofDays(1));
    }

    @Test
    void doesNotAskAnUnguardedListenerForARetention() {
        IdempotencyDefaults brief = new IdempotencyDefaults(DEFAULTS.store(), DEFAULTS.mode(), DEFAULTS.lease(),
                Duration.ofHours(1), DEFAULTS.replayAllowance(), false);

        assertThatNoException().isThrownBy(() -> ListenerSettings.of("g", false, null, ListenerOverrides.none(), brief,
                BROKER_BACKOFF, (text) -> text));
    }

    @Test
    void refusesWhatIsNoDuration() {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> settings(BadLease.class, ListenerOverrides.none(), DEFAULTS))
            .withMessageContaining("soon")
            .withMessageContaining("30s");
    }

    @Test
    void refusesALeaseOfZero() {
        ListenerOverrides zero = new ListenerOverrides(null, null, null, Duration.ZERO, null, null, null, null, null,
                null, null);

        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> settings(Silent.class, zero, DEFAULTS))
            .withMessageContaining("lease of consumer group 'g'");
    }

    @Test
    void takesTheBatchOfTheAnnotation() {
        assertThat(settings(Batch.class, ListenerOverrides.none(), DEFAULTS).batch()).isEqualTo(10);
        assertThat(settings(Silent.class, ListenerOverrides.none(), DEFAULTS).batch()).isOne();
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, -1, 1025 })
    void refusesABatchThatRocketMQDoesNotDeliver(int batch) {
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> settings(Silent.class, withBatch(batch), DEFAULTS))
            .withMessageContaining("from 1 to 1024");
    }

    private static ListenerOverrides withBatch(int batch) {
        ListenerOverrides none = ListenerOverrides.none();
        return new ListenerOverrides(null, null, null, null, null, batch, false, null, null, null, null, null,
                none.concurrency(), none.limits());
    }

    private static ListenerSettings settings(Class<?> listener, ListenerOverrides properties,
            IdempotencyDefaults defaults) {
        return ListenerSettings.of("g", false, annotation(listener), properties, defaults, BROKER_BACKOFF,
                (text) -> text);
    }

    private static IdempotentConsumer annotation(Class<?> listener) {
        return listener.getAnnotation(IdempotentConsumer.class);
    }

    @IdempotentConsumer
    private static final class Silent {

    }

    @IdempotentConsumer(key = "#payload.id", store = IdempotencyStoreType.REDIS, mode = IdempotencyMode.LEASE,
            lease = "30s", retention = "10d", transactionManager = "orders")
    private static final class Eloquent {

    }

    @IdempotentConsumer(lease = "${lease}", retention = "${retention}")
    private static final class Placeholders {

    }

    @IdempotentConsumer(retention = "1d")
    private static final class ShortRetention {

    }

    @IdempotentConsumer(lease = "soon")
    private static final class BadLease {

    }

    @IdempotentConsumer(batch = 10)
    private static final class Batch {

    }

}
