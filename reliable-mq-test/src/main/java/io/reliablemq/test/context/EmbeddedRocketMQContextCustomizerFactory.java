package io.reliablemq.test.context;

import io.reliablemq.test.EmbeddedRocketMQ;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.TestContextAnnotationUtils;

/**
 * Finds {@link EmbeddedRocketMQ} on a test class, its super classes and its enclosing
 * ones.
 */
class EmbeddedRocketMQContextCustomizerFactory implements ContextCustomizerFactory {

    @Override
    public @Nullable ContextCustomizer createContextCustomizer(Class<?> testClass,
            List<ContextConfigurationAttributes> configAttributes) {
        EmbeddedRocketMQ annotation = TestContextAnnotationUtils.findMergedAnnotation(testClass,
                EmbeddedRocketMQ.class);
        return (annotation != null) ? new EmbeddedRocketMQContextCustomizer(BrokerSpec.of(annotation)) : null;
    }

}
