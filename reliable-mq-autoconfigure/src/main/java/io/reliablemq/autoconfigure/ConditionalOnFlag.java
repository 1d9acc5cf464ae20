package io.reliablemq.autoconfigure;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.context.annotation.Conditional;

/**
 * Matches where all of some properties are {@code true}, as the binder reads them:
 * {@code on}, {@code yes} and {@code 1} are, too.
 */
@Target({ ElementType.TYPE, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
@Conditional(OnFlagCondition.class)
@interface ConditionalOnFlag {

    /** Names of properties. */
    String[] value();

    /** Whether a property that is not set counts as {@code true}. */
    boolean matchIfMissing() default true;

}
