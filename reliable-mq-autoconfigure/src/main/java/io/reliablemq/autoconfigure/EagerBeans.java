package io.reliablemq.autoconfigure;

import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQReplyListener;

import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.type.MethodMetadata;

/**
 * Excludes beans from lazy initialization that no other bean requests: the library's own,
 * which check, relay, register and purge, and the listeners.
 */
final class EagerBeans implements LazyInitializationExcludeFilter {

    private static final String OURS = "io.reliablemq.";

    @Override
    public boolean isExcluded(String beanName, BeanDefinition definition, Class<?> type) {
        return isOurs(definition, type) || RocketMQListener.class.isAssignableFrom(type)
                || RocketMQReplyListener.class.isAssignableFrom(type)
                || AnnotatedElementUtils.hasAnnotation(type, RocketMQMessageListener.class);
    }

    private static boolean isOurs(BeanDefinition definition, Class<?> type) {
        MethodMetadata method = (definition instanceof AnnotatedBeanDefinition annotated)
                ? annotated.getFactoryMethodMetadata() : null;
        return type.getName().startsWith(OURS) || (method != null && method.getDeclaringClassName().startsWith(OURS));
    }

}
