package io.reliablemq.autoconfigure;

import io.reliablemq.idempotency.IdempotencyStoreType;
import io.reliablemq.reconcile.ConsumptionPages;
import io.reliablemq.reconcile.ReconcileRuns;
import io.reliablemq.reconcile.Reconciler;
import io.reliablemq.rocketmq.listener.GuardedGroups;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the endpoint of reconciliation.
 */
@AutoConfiguration(after = ReliableMQReconcileAutoConfiguration.class)
@ConditionalOnFlag("reliable-mq.enabled")
@ConditionalOnClass({ Endpoint.class, ConditionalOnAvailableEndpoint.class })
@ConditionalOnAvailableEndpoint(ReliableMQReconcileEndpoint.class)
public class ReliableMQReconcileEndpointAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    ReliableMQReconcileEndpoint reliableMQReconcileEndpoint(ObjectProvider<Reconciler> reconciler,
            ObjectProvider<ReconcileRuns> runs, ObjectProvider<ConsumptionPages> records,
            ObjectProvider<GuardedGroups> groups) {
        return new ReliableMQReconcileEndpoint(reconciler.getIfAvailable(), runs.getIfAvailable(),
                records.getIfAvailable(),
                (group) -> groups.stream().anyMatch((it) -> it.keptIn(IdempotencyStoreType.REDIS).contains(group)));
    }

}
