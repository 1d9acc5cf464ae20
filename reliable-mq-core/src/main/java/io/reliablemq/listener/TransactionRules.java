package io.reliablemq.listener;

import java.lang.reflect.Method;
import java.util.Map;
import java.util.Set;

import javax.sql.DataSource;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.jdbc.JdbcDatabase;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.AnnotationTransactionAttributeSource;
import org.springframework.transaction.interceptor.TransactionAttribute;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionDefinition;

/**
 * What {@code @Transactional} on a TRANSACTIONAL listener may say: its work must join the
 * guard's transaction, which takes over its isolation and timeout.
 */
record TransactionRules(String group, Method method, Class<?> targetClass) {

    private static final Set<Integer> LEAVING = Set.of(TransactionDefinition.PROPAGATION_REQUIRES_NEW,
            TransactionDefinition.PROPAGATION_NOT_SUPPORTED, TransactionDefinition.PROPAGATION_NEVER);

    private static final Set<String> OBJECT_MANAGERS = Set.of("org.springframework.orm.jpa.JpaTransactionManager",
            "org.springframework.orm.hibernate5.HibernateTransactionManager",
            "org.springframework.orm.jpa.hibernate.HibernateTransactionManager");

    /**
     * Checks the annotation.
     * @param manager the guard's
     * @param byName all managers
     * @param unqualified the one that {@code @Transactional} without a name uses;
     * {@code null} if there is no such one
     */
    TransactionDefinition definition(PlatformTransactionManager manager, Map<String, PlatformTransactionManager> byName,
            @Nullable PlatformTransactionManager unqualified) {
        DefaultTransactionDefinition definition = new DefaultTransactionDefinition();
        definition.setName(this.targetClass.getName() + ".onMessage");
        TransactionAttribute attribute = new AnnotationTransactionAttributeSource(false)
            .getTransactionAttribute(this.method, this.targetClass);
        if (attribute != null) {
            check(attribute, manager, byName, unqualified);
            definition.setIsolationLevel(attribute.getIsolationLevel());
            definition.setTimeout(attribute.getTimeout());
        }
        return definition;
    }

    /**
     * Several messages share a transaction.
     * @param manager the guard's
     */
    void requireFitForBatches(PlatformTransactionManager manager) {
        for (Class<?> type = manager.getClass(); type != null; type = type.getSuperclass()) {
            if (OBJECT_MANAGERS.contains(type.getName())) {
                throw new InvalidConfigurationException(
                        "Consumer group '" + this.group + "' has a batch, but its transaction manager is a "
                                + type.getSimpleName()
                                + ": a flush for one message would write the entities of the others, too.",
                        "Leave out batch, or use JDBC and a DataSourceTransactionManager for this listener.");
            }
        }
        TransactionAttribute attribute = new AnnotationTransactionAttributeSource(false)
            .getTransactionAttribute(this.method, this.targetClass);
        if (attribute != null && (attribute.getPropagationBehavior() != TransactionDefinition.PROPAGATION_REQUIRED
                || attribute.getIsolationLevel() != TransactionDefinition.ISOLATION_DEFAULT
                || attribute.getTimeout() != TransactionDefinition.TIMEOUT_DEFAULT)) {
            throw refused("has a propagation, isolation or timeout of its own, but its messages share transactions"
                    + " in batches");
        }
    }

    /**
     * Each message is to have a savepoint.
     * @param manager the guard's
     * @param dataSource the store's
     */
    void requireSavepoints(PlatformTransactionManager manager, DataSource dataSource) {
        if (!(manager instanceof AbstractPlatformTransactionManager able) || !able.isNestedTransactionAllowed()) {
            throw new InvalidConfigurationException(
                    "Consumer group '" + this.group + "' has savepoints, but its transaction manager ("
                            + manager.getClass().getName() + ") sets none: it does not allow nested transactions.",
                    "Use a DataSourceTransactionManager or JdbcTransactionManager with nestedTransactionAllowed=true, or"
                            + " remove savepoints.");
        }
        if (!JdbcDatabase.supportsSavepoints(dataSource)) {
            throw new InvalidConfigurationException(
                    "Consumer group '" + this.group + "' has savepoints, but the driver of its database sets none.",
                    "Use another driver, or remove savepoints.");
        }
    }

    private void check(TransactionAttribute attribute, PlatformTransactionManager manager,
            Map<String, PlatformTransactionManager> byName, @Nullable PlatformTransactionManager unqualified) {
        if (LEAVING.contains(attribute.getPropagationBehavior())) {
            throw refused("leaves the guard's transaction (REQUIRES_NEW, NOT_SUPPORTED or NEVER), so its work would"
                    + " not be committed together with the record");
        }
        if (attribute.isReadOnly()) {
            throw refused("is read-only, so the record of the message could not be written");
        }
        String qualifier = attribute.getQualifier();
        boolean named = qualifier != null && !qualifier.isEmpty();
        if ((named ? byName.get(qualifier) : unqualified) != manager) {
            throw refused((named ? "uses the transaction manager '" + qualifier + "', which"
                    : "names no transaction manager, and the one that it gets")
                    + " is not the guard's: the two transactions would commit separately");
        }
    }

    private InvalidConfigurationException refused(String reason) {
        return new InvalidConfigurationException(
                "@Transactional on " + this.targetClass.getName() + " (consumer group '" + this.group + "') " + reason
                        + ".",
                "Use plain @Transactional on the listener, with the name of the guard's transaction manager where there are"
                        + " several, or @IdempotentConsumer(mode = IdempotencyMode.LEASE).");
    }

}
