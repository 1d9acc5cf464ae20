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
 * Binds a property to its enum.
 */
class OnSettingCondition extends SpringBootCondition {

    @Override
    @SuppressWarnings("unchecked")
    public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
        Map<String, Object> attributes = Objects
            .requireNonNull(metadata.getAnnotationAttributes(ConditionalOnSetting.class.getName()));
        String name = (String) Objects.requireNonNull(attributes.get("name"));
        Class<? extends Enum<?>> type = (Class<? extends Enum<?>>) Objects.requireNonNull(attributes.get("type"));
        String value = Binder.get(context.getEnvironment()).bind(name, type).map(Enum::name).orElse("not set");
        ConditionMessage message = ConditionMessage.forCondition(ConditionalOnSetting.class)
            .because(name + " is " + value);
        return value.equals(attributes.get("not")) ? ConditionOutcome.noMatch(message)
                : ConditionOutcome.match(message);
    }

}
