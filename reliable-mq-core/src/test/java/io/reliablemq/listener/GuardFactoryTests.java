package io.reliablemq.listener;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import javax.sql.DataSource;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.idempotency.IdempotencyMode;
import io.reliablemq.idempotency.IdempotencyStoreType;
import io.reliablemq.idempotency.InMemoryIdempotencyStore;
import io.reliablemq.idempotency.LeaseKeeper;
import io.reliablemq.retry.AttemptStore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.Mockito.mock;

class GuardFactoryTests {

    private final DataSource dataSource = mock(DataSource.class);

    @Test
    void refusesSavepointsWithoutATransaction() {
        refusesSavepoints(IdempotencyMode.LEASE, new DataSourceTransactionManager(this.dataSource),
                "is guarded in LEASE mode", "Remove reliable-mq.listeners.\"[g]\".savepoints");
        // As under JTA.
        refusesSavepoints(null, mock(PlatformTransactionManager.class), "is guarded in LEASE mode",
                "or use mode = TRANSACTIONAL");
    }

    @Test
    void asksTheTransactionManagerForSavepoints() {
        DataSourceTransactionManager flat = new DataSourceTransactionManager(this.dataSource);
        flat.setNestedTransactionAllowed(false);
        refusesSavepoints(null, flat, "does not allow nested transactions", "nestedTransactionAllowed=true");
    }

    private void refusesSavepoints(@Nullable IdempotencyMode mode, PlatformTransactionManager manager, String reason,
            String action) {
        ListenerOverrides none = ListenerOverrides.none();
        ListenerOverrides savepoints = new ListenerOverrides(null, null, mode, null, null, 32, true, null, null, null,
                null, null, none.concurrency(), none.limits());
        ListenerSettings settings = ListenerSettings.of("g", false, null, savepoints, IdempotencyDefaults.defaults(),
                List.of(Duration.ofSeconds(1)), (text) -> text);
        StoreBackend backend = new StoreBackend(IdempotencyStoreType.JDBC,
                new InMemoryIdempotencyStore(Clock.systemUTC()), mock(AttemptStore.class), mock(LeaseKeeper.class),
                this.dataSource, () -> {
                });
        GuardFactory factory = new GuardFactory(List.of(backend), Map.of("manager", manager), manager,
                Clock.systemUTC());
        assertThatExceptionOfType(InvalidConfigurationException.class)
            .isThrownBy(() -> factory.guardFor(settings, Plain.class.getMethod("onMessage", String.class), Plain.class))
            .withMessageContaining("'g' has savepoints")
            .withMessageContaining(reason)
            .withMessageContaining(action);
    }

    static class Plain {

        public void onMessage(String message) {
        }

    }

}
