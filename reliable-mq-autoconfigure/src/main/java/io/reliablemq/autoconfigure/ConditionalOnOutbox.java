package io.reliablemq.autoconfigure;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import io.reliablemq.outbox.OutboxMode;

/**
 * Matches unless the outbox is switched off.
 */
@Target({ ElementType.TYPE, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
@ConditionalOnSetting(name = "reliable-mq.outbox.mode", type = OutboxMode.class, not = "OFF")
@interface ConditionalOnOutbox {

}
