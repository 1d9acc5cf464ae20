package io.reliablemq.autoconfigure;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.listener.StoreBackend;
import io.reliablemq.reconcile.RelayWakeUp;
import io.reliablemq.reconcile.SentLedger;
import io.reliablemq.rocketmq.listener.GuardedGroups;
import io.reliablemq.topic.TopicDeclaration;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.ResolvableType;
import org.springframework.core.type.MethodMetadata;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Refuses several beans of a type of which the library's bean methods inject one, before
 * any is created. Spring would choose the bean whose name equals the parameter's, or fail
 * when the bean is first requested, with a message in flight.
 */
final class OneOfEach implements BeanFactoryPostProcessor {

    private static final String PACKAGE = ClassUtils.getPackageName(OneOfEach.class) + ".";

    private static final String OURS = "reliableM";

    /**
     * All beans of these types are used; of templates, the one that RocketMQ-Spring
     * names.
     */
    private static final Set<Class<?>> SEVERAL = Set.of(StoreBackend.class,
            ReliableMQReconcileAutoConfiguration.RegisteredGroups.class, GuardedGroups.class, SentLedger.class,
            RelayWakeUp.class, TopicDeclaration.class, MeterRegistry.class, RocketMQTemplate.class);

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
        Set<Class<?>> types = new LinkedHashSet<>();
        for (String name : beans.getBeanDefinitionNames()) {
            if (name.startsWith(OURS) && beans.getBeanDefinition(name) instanceof AnnotatedBeanDefinition definition) {
                MethodMetadata method = definition.getFactoryMethodMetadata();
                if (method != null && method.getDeclaringClassName().startsWith(PACKAGE)) {
                    addParameters(method, beans.getBeanClassLoader(), types);
                }
            }
        }
        types.removeAll(SEVERAL);
        types.forEach((type) -> Unique.require(beans, type));
    }

    private static void addParameters(MethodMetadata bean, @Nullable ClassLoader loader, Set<Class<?>> types) {
        Class<?> declaring = ClassUtils.resolveClassName(bean.getDeclaringClassName(), loader);
        for (Method method : ReflectionUtils.getDeclaredMethods(declaring)) {
            if (method.getName().equals(bean.getMethodName())) {
                Arrays.stream(method.getGenericParameterTypes())
                    .map(ResolvableType::forType)
                    .map((type) -> (type.toClass() == ObjectProvider.class) ? type.getGeneric() : type)
                    .map(ResolvableType::toClass)
                    .filter((type) -> !Map.class.isAssignableFrom(type) && !Collection.class.isAssignableFrom(type))
                    .forEach(types::add);
            }
        }
    }

}
