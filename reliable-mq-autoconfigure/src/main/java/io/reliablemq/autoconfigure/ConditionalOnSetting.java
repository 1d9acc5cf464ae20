package io.reliablemq.autoconfigure;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.context.annotation.Conditional;

/**
 * Matches unless a property has a given value, in any spelling that the binder accepts,
 * {@code false} for {@code off} included, which is what YAML makes of an {@code off}
 * without quotes. A value that cannot be bound fails start-up with the binder's message.
 */
@Target({ ElementType.TYPE, ElementType.METHOD, ElementType.ANNOTATION_TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Conditional(OnSettingCondition.class)
@interface ConditionalOnSetting {

    /** Name of the property. */
    String name();

    /** Its type. */
    Class<? extends Enum<?>> type();

    /** Name of the constant that does not match; a property that is not set does. */
    String not();

}
