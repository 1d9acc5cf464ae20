package io.reliablemq.listener;

import java.lang.reflect.Method;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import io.reliablemq.Internal;
import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.idempotency.IdempotencyGuard;
import io.reliablemq.idempotency.IdempotencyMode;
import io.reliablemq.idempotency.IdempotencyStoreType;
import io.reliablemq.idempotency.LeaseGuard;
import io.reliablemq.idempotency.TransactionalGuard;
import io.reliablemq.idempotency.TransactionalIdempotencyStore;
import io.reliablemq.jdbc.TransactionManagers;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionDefinition;

/**
 * Chooses store and mode for a listener and builds its guard.
 */
@Internal
public final class GuardFactory {

    private static final Logger logger = LoggerFactory.getLogger(GuardFactory.class);

    private final List<StoreBackend> backends;

    private final Map<String, PlatformTransactionManager> transactionManagers;

    private final @Nullable PlatformTransactionManager defaultManager;

    private final Clock clock;

    private final Set<IdempotencyStoreType> checked = ConcurrentHashMap.newKeySet();

    /**
     * Creates a factory.
     * @param backends where state can be kept, in order of preference
     * @param transactionManagers all managers of the application, by bean name
     * @param defaultManager the one that {@code @Transactional} without a name uses;
     * {@code null} if there is no such one
     * @param clock tells the guards the time
     */
    public GuardFactory(List<StoreBackend> backends, Map<String, PlatformTransactionManager> transactionManagers,
            @Nullable PlatformTransactionManager defaultManager, Clock clock) {
        this.backends = List.copyOf(backends);
        this.transactionManagers = Map.copyOf(transactionManagers);
        this.defaultManager = defaultManager;
        this.clock = clock;
    }

    /**
     * Where the state of a listener is kept.
     * @param settings the listener's settings
     * @return the backend
     * @throws InvalidConfigurationException if the application has none that fits
     */
    public StoreBackend backendFor(ListenerSettings settings) {
        for (StoreBackend backend : this.backends) {
            if (settings.store() == IdempotencyStoreType.AUTO || settings.store() == backend.type()) {
                if (this.checked.add(backend.type())) {
                    backend.check().run();
                }
                return backend;
            }
        }
        throw new InvalidConfigurationException(
                "Consumer group '" + settings.group() + "' is to be idempotent, but there is no "
                        + ((settings.store() == IdempotencyStoreType.AUTO) ? "" : settings.store() + " ")
                        + "idempotency store.",
                "Configure a DataSource (spring.datasource.*, with spring-jdbc) or Redis (spring.data.redis.*,"
                        + " with spring-data-redis), or declare a StoreBackend bean.");
    }

    /**
     * Builds a listener's guard.
     * @param settings the listener's settings
     * @param method the listener's method
     * @param targetClass the class that the application wrote
     * @return the guard
     * @throws InvalidConfigurationException if the mode asked for cannot hold what it
     * promises here
     */
    public IdempotencyGuard guardFor(ListenerSettings settings, Method method, Class<?> targetClass) {
        return guardFor(settings, (manager) -> {
            TransactionRules rules = new TransactionRules(settings.group(), method, targetClass);
            if (settings.batch() > 1) {
                rules.requireFitForBatches(manager);
            }
            if (settings.savepoints()) {
                rules.requireSavepoints(manager, Objects.requireNonNull(backendFor(settings).dataSource()));
            }
            return rules.definition(manager, this.transactionManagers, this.defaultManager);
        });
    }

    /**
     * How long each transaction of a listener may take.
     * @param settings the listener's settings
     * @return its manager's default timeout; empty if there is none, and in LEASE mode
     */
    public Optional<Duration> transactionTimeout(ListenerSettings settings) {
        PlatformTransactionManager manager = managerFor(settings, backendFor(settings));
        return (manager instanceof AbstractPlatformTransactionManager known && known.getDefaultTimeout() > 0)
                ? Optional.of(Duration.ofSeconds(known.getDefaultTimeout())) : Optional.empty();
    }

    /**
     * Builds the guard for work that does not come through a listener.
     * @param defaults what holds for every guard
     * @param purge looks after the records of every group that is used
     * @return the guard
     * @throws InvalidConfigurationException if there is no store
     */
    public IdempotencyGuard defaultGuard(IdempotencyDefaults defaults, RecordPurge purge) {
        ListenerSettings settings = ListenerSettings.of("IdempotencyGuard", true, null, ListenerOverrides.none(),
                defaults, List.of(), Function.identity());
        StoreBackend backend = backendFor(settings);
        IdempotencyGuard guard = guardFor(settings, (manager) -> new DefaultTransactionDefinition());
        return new PurgedGuard(guard, (group) -> purge.add(group, defaults.retention(), backend));
    }

    private IdempotencyGuard guardFor(ListenerSettings settings,
            Function<PlatformTransactionManager, TransactionDefinition> definitions) {
        StoreBackend backend = backendFor(settings);
        PlatformTransactionManager manager = managerFor(settings, backend);
        logger.info("Consumer group '{}' is idempotent in {} mode, with its records in {}", settings.group(),
                (manager != null) ? IdempotencyMode.TRANSACTIONAL : IdempotencyMode.LEASE, backend.type());
        if (manager == null) {
            requireNoSavepoints(settings);
            return new LeaseGuard(backend.store(), backend.leases(), settings.lease(), settings.retention(),
                    this.clock);
        }
        TransactionalGuard guard = new TransactionalGuard((TransactionalIdempotencyStore) backend.store(), manager,
                definitions.apply(manager), settings.retention(), this.clock);
        return settings.savepoints() ? guard.withSavepoints() : guard;
    }

    private static void requireNoSavepoints(ListenerSettings settings) {
        if (settings.savepoints()) {
            throw new InvalidConfigurationException(
                    "Consumer group '" + settings.group()
                            + "' has savepoints, but is guarded in LEASE mode: there is no transaction to set them in.",
                    "Remove reliable-mq.listeners.\"[" + settings.group()
                            + "]\".savepoints (in LEASE mode a message that"
                            + " fails costs only itself anyway), or use mode = TRANSACTIONAL.");
        }
    }

    /** {@code null} for LEASE mode. */
    private @Nullable PlatformTransactionManager managerFor(ListenerSettings settings, StoreBackend backend) {
        if (settings.mode() == IdempotencyMode.LEASE) {
            return null;
        }
        boolean required = settings.mode() == IdempotencyMode.TRANSACTIONAL;
        if (!(backend.store() instanceof TransactionalIdempotencyStore) || backend.dataSource() == null) {
            if (required) {
                throw new InvalidConfigurationException(
                        "Consumer group '" + settings.group() + "' asks for TRANSACTIONAL mode, but its records are"
                                + " kept in " + backend.type() + ".",
                        "Keep them in the database of its effects (store = JDBC), or use mode = LEASE.");
            }
            return null;
        }
        Map<String, PlatformTransactionManager> managers = TransactionManagers.of(backend.dataSource(),
                this.transactionManagers);
        return new ManagerChoice(settings, managers, this.transactionManagers.keySet()).choose(required);
    }

}
