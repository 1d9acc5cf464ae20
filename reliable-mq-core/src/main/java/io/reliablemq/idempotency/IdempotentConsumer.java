package io.reliablemq.idempotency;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On a {@code @RocketMQMessageListener} class, or its {@code onMessage} method: the
 * effect of a message happens once per consumer group, however often the message is
 * delivered. Properties under {@code reliable-mq.listeners.[group]} win over these
 * attributes, these over the global {@code reliable-mq.idempotency}.
 */
@Documented
@Target({ ElementType.TYPE, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
public @interface IdempotentConsumer {

    /**
     * SpEL expression for what makes two messages the same: {@code #payload} (converted),
     * {@code #message} (RocketMQ's {@code MessageExt}) and {@code #headers} (its user
     * properties) are there. Without it the message's {@code RELIABLE_ID} is used, else
     * RocketMQ's UNIQ_KEY; never its KEYS, which different events may share.
     * @return the expression, empty for none
     */
    String key() default "";

    /**
     * Where the records are kept.
     * @return the store
     */
    IdempotencyStoreType store() default IdempotencyStoreType.AUTO;

    /**
     * How record and effect are tied together.
     * @return the mode
     */
    IdempotencyMode mode() default IdempotencyMode.AUTO;

    /**
     * How long a claim lasts without renewal (LEASE mode), for example {@code 30s}. It is
     * renewed while the listener runs; it is the time after which another instance takes
     * over from a crashed one.
     * @return a duration as text, placeholders allowed; empty for
     * {@code reliable-mq.idempotency.lease}
     */
    String lease() default "";

    /**
     * How long records are remembered, for example {@code 7d}.
     * @return a duration as text, placeholders allowed; empty for
     * {@code reliable-mq.idempotency.retention}
     */
    String retention() default "";

    /**
     * Messages that are claimed together, and in TRANSACTIONAL mode committed together;
     * the listener still gets them one by one. If one of them fails, or the commit does,
     * all are rolled back and run again alone: what a listener does outside of the
     * transaction may repeat. With the listener's property {@code savepoints}, one that
     * fails is left out and the others are committed. Not with JPA, nor with asynchronous
     * listeners.
     * @return 1 to 1024; RocketMQ delivers 32 at once unless configured otherwise
     */
    int batch() default 1;

    /**
     * Bean name of the transaction manager (TRANSACTIONAL mode), needed where several
     * manage the store's DataSource.
     * @return a bean name, empty for the only one
     */
    String transactionManager() default "";

}
