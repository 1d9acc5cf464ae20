package io.reliablemq.rocketmq;

import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

import io.reliablemq.idempotency.IdempotentConsumer;
import io.reliablemq.listener.AsyncListener;
import io.reliablemq.listener.BatchListener;
import org.apache.rocketmq.spring.annotation.ConsumeMode;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQReplyListener;
import org.apache.rocketmq.spring.support.DefaultRocketMQListenerContainer;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;

/**
 * What is known about a listener when its container has been made.
 *
 * @param container the listener's container
 * @param listener the listener as the container calls it, maybe a proxy
 * @param targetClass the class that the application wrote
 * @param onMessage the method that the application wrote and that is called
 * @param annotation what it says about idempotency; {@code null} if it is not guarded
 */
public record ListenerDescription(DefaultRocketMQListenerContainer container, Object listener, Class<?> targetClass,
        Method onMessage, @Nullable IdempotentConsumer annotation) {

    public static ListenerDescription of(DefaultRocketMQListenerContainer container) {
        Object listener = (container.getRocketMQListener() != null) ? container.getRocketMQListener()
                : container.getRocketMQReplyListener();
        Class<?> targetClass = AopProxyUtils.ultimateTargetClass(listener);
        Method method = (listener instanceof BatchListener) ? find(targetClass, "onMessages", List.class)
                : find(targetClass, "onMessage", payloadType(targetClass));
        return new ListenerDescription(container, listener, targetClass, method, annotationOf(targetClass));
    }

    static @Nullable public IdempotentConsumer annotationOf(Class<?> targetClass) {
        for (Method method : targetClass.getMethods()) {
            IdempotentConsumer annotation = (method.getName().equals("onMessage")
                    || (method.getName().equals("onMessages") && BatchListener.class.isAssignableFrom(targetClass)))
                            ? AnnotatedElementUtils.findMergedAnnotation(method, IdempotentConsumer.class) : null;
            if (annotation != null) {
                return annotation;
            }
        }
        return AnnotatedElementUtils.findMergedAnnotation(targetClass, IdempotentConsumer.class);
    }

    private static Method find(Class<?> type, String name, Class<?> parameter) {
        return Arrays.stream(type.getMethods())
            .filter((method) -> method.getName().equals(name) && method.getParameterCount() == 1)
            .filter((method) -> !method.isBridge())
            .min(Comparator.comparing((method) -> method.getParameterTypes()[0] != parameter))
            .orElseThrow(() -> new IllegalStateException(type + " has no public method " + name));
    }

    public String group() {
        return this.container.getConsumerGroup();
    }

    public String topic() {
        return this.container.getTopic();
    }

    /** What the broker is told to deliver; the same for every listener of a group. */
    public String subscription() {
        return topic() + " " + this.container.getSelectorType() + " " + this.container.getSelectorExpression();
    }

    public boolean ordered() {
        return this.container.getConsumeMode() == ConsumeMode.ORDERLY;
    }

    public boolean guarded() {
        return this.annotation != null;
    }

    /** {@code null} unless its work goes on after its method has returned. */
    @SuppressWarnings("unchecked")
    @Nullable public AsyncListener<Object> asyncListener() {
        return (this.listener instanceof AsyncListener<?> async) ? (AsyncListener<Object>) async : null;
    }

    /** {@code null} unless it takes several messages at one go. */
    @SuppressWarnings("unchecked")
    @Nullable public BatchListener<Object> batchListener() {
        return (this.listener instanceof BatchListener<?> batch) ? (BatchListener<Object>) batch : null;
    }

    @Nullable public RocketMQListener<?> plainListener() {
        return this.container.getRocketMQListener();
    }

    /** As rocketmq-spring sees it: only an interface named on the class itself counts. */
    public Class<?> payloadType() {
        return payloadType(this.targetClass);
    }

    private static Class<?> payloadType(Class<?> listenerType) {
        for (Class<?> type = listenerType; type != null; type = type.getSuperclass()) {
            for (Type implemented : type.getGenericInterfaces()) {
                ResolvableType candidate = ResolvableType.forType(implemented);
                if (candidate.toClass() == RocketMQListener.class
                        || candidate.toClass() == RocketMQReplyListener.class) {
                    return candidate.getGeneric(0).resolve(Object.class);
                }
            }
        }
        return Object.class;
    }

}
