package io.reliablemq.autoconfigure;

import java.util.List;

import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Matches if direct sends of some topics are recorded in the ledger.
 */
class OnLedgerCondition implements Condition {

    @Override
    public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
        return !Binder.get(context.getEnvironment())
            .bind("reliable-mq.ledger.topics", Bindable.listOf(String.class))
            .orElse(List.of())
            .isEmpty();
    }

}
