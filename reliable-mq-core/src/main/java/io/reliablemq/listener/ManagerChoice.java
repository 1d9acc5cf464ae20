package io.reliablemq.listener;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import io.reliablemq.InvalidConfigurationException;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * The one transaction manager of a TRANSACTIONAL listener.
 */
record ManagerChoice(ListenerSettings settings, Map<String, PlatformTransactionManager> managers, Set<String> all) {

    @Nullable PlatformTransactionManager choose(boolean required) {
        String named = this.settings.transactionManager();
        if (!named.isEmpty()) {
            return named(named);
        }
        if (this.managers.size() > 1) {
            throw refused(
                    "several transaction managers begin transactions on the store's DataSource: "
                            + new TreeSet<>(this.managers.keySet()),
                    "Name the one that the listener's own work uses: "
                            + "@IdempotentConsumer(transactionManager = \"…\").");
        }
        if (this.managers.isEmpty() && required) {
            throw refused(
                    "no transaction manager begins transactions on the store's DataSource; the application has "
                            + new TreeSet<>(this.all),
                    "Declare a DataSourceTransactionManager or JpaTransactionManager for it, point"
                            + " reliable-mq.jdbc.data-source at the DataSource of the effects, or use mode = LEASE.");
        }
        return this.managers.isEmpty() ? null : this.managers.values().iterator().next();
    }

    private PlatformTransactionManager named(String name) {
        PlatformTransactionManager manager = this.managers.get(name);
        if (manager != null) {
            return manager;
        }
        throw refused(
                this.all.contains(name)
                        ? "the transaction manager '" + name + "' does not begin transactions on the store's DataSource"
                        : "there is no transaction manager '" + name + "'",
                "Use one of " + new TreeSet<>(this.managers.keySet())
                        + ", or keep the records in the other DataSource (reliable-mq.jdbc.data-source).");
    }

    private InvalidConfigurationException refused(String reason, String action) {
        return new InvalidConfigurationException("Consumer group '" + this.settings.group()
                + "' cannot be guarded in its own transaction: " + reason + ".", action);
    }

}
