package io.reliablemq.outbox;

import java.util.ArrayList;
import java.util.List;

import jakarta.persistence.EntityTransaction;
import org.jspecify.annotations.Nullable;
import org.springframework.orm.jpa.EntityManagerHolder;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.util.ClassUtils;

/**
 * The JPA transactions of the thread when a commit begins: that of the manager that
 * commits, and those around it. Hibernate calls its post-commit listeners when the
 * database has committed, but before Spring's manager says so; its own transaction is no
 * longer active then, while those around it are. A flush that fails leaves it marked for
 * rollback, which counts as active.
 */
final class EntityTransactions {

    private static final boolean WITH_JPA = isPresent("jakarta.persistence.EntityTransaction")
            && isPresent("org.springframework.orm.jpa.EntityManagerHolder");

    private final List<EntityTransaction> active;

    private EntityTransactions(List<EntityTransaction> active) {
        this.active = active;
    }

    private static boolean isPresent(String type) {
        return ClassUtils.isPresent(type, EntityTransactions.class.getClassLoader());
    }

    /** {@code null} if there are none, as without JPA. */
    static @Nullable EntityTransactions current() {
        return WITH_JPA ? find() : null;
    }

    private static @Nullable EntityTransactions find() {
        List<EntityTransaction> found = new ArrayList<>(1);
        for (Object resource : TransactionSynchronizationManager.getResourceMap().values()) {
            EntityTransaction transaction = (resource instanceof EntityManagerHolder holder) ? of(holder) : null;
            if (transaction != null && transaction.isActive()) {
                found.add(transaction);
            }
        }
        return found.isEmpty() ? null : new EntityTransactions(found);
    }

    private static @Nullable EntityTransaction of(EntityManagerHolder holder) {
        try {
            return holder.getEntityManager().getTransaction();
        }
        catch (IllegalStateException ex) {
            // As JPA prescribes where transactions are JTA's.
            return null;
        }
    }

    boolean haveEnded() {
        return this.active.stream().anyMatch((each) -> !each.isActive());
    }

}
