package io.reliablemq.autoconfigure;

import java.util.Map;
import java.util.Objects;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Binds properties to booleans.
 */
class OnFlagCondition extends SpringBootCondition {

    @Override
    public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
        Map<String, Object> attributes = Objects
            .requireNonNull(metadata.getAnnotationAttributes(ConditionalOnFlag.class.getName()));
        boolean missing = Boolean.TRUE.equals(attributes.get("matchIfMissing"));
        Binder binder = Binder.get(context.getEnvironment());
        ConditionMessage.Builder message = ConditionMessage.forCondition(ConditionalOnFlag.class);
        for (String name : (String[]) Objects.requireNonNull(attributes.get("value"))) {
            if (!binder.bind(name, Boolean.class).orElse(missing)) {
                return ConditionOutcome.noMatch(message.because(name + " is false"));
            }
        }
        return ConditionOutcome.match(message.because("nothing is switched off"));
    }

}
