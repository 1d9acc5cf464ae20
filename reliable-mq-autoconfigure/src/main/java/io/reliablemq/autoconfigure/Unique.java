package io.reliablemq.autoconfigure;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.jdbc.PayloadCodec;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;

/**
 * Finds beans of which there may be only one. Several without a primary one are refused:
 * treated as none, they would be ignored silently.
 */
final class Unique {

    private static final String PRIMARY = "Mark the one to be used as @Primary.";

    private Unique() {
    }

    /**
     * Returns the codec of stored payloads, found by type only, so that all readers and
     * writers agree.
     */
    static PayloadCodec codec(ListableBeanFactory beans) {
        PayloadCodec codec = find(beans, PayloadCodec.class,
                "Mark the one that payloads are to be stored with as @Primary. It is also asked to read what is"
                        + " stored already: let it hand other encodings to the others.");
        return (codec != null) ? codec : PayloadCodec.plain();
    }

    /**
     * The only bean of a type.
     * @param beans the beans
     * @param type the type
     * @param action action text for the case of several beans
     * @return the primary or only one; {@code null} if there is none
     * @throws InvalidConfigurationException if there are several
     */
    static <T> @Nullable T find(ListableBeanFactory beans, Class<T> type, String action) {
        try {
            return beans.getBeanProvider(type).getIfAvailable();
        }
        catch (NoUniqueBeanDefinitionException ex) {
            throw refused(type, List.of(BeanFactoryUtils.beanNamesForTypeIncludingAncestors(beans, type)), action, ex);
        }
    }

    /** Returns the only bean, or a default if there is none. */
    static <T> T of(ObjectProvider<T> provider, Class<T> type, Supplier<T> otherwise) {
        try {
            T bean = provider.getIfAvailable();
            return (bean != null) ? bean : otherwise.get();
        }
        catch (NoUniqueBeanDefinitionException ex) {
            throw refused(type, (ex.getBeanNamesFound() != null) ? List.copyOf(ex.getBeanNamesFound()) : List.of(),
                    PRIMARY, ex);
        }
    }

    /** Returns the only registry, or a composite of all. */
    static MeterRegistry meters(ObjectProvider<MeterRegistry> registries) {
        MeterRegistry only = registries.getIfUnique();
        if (only != null) {
            return only;
        }
        CompositeMeterRegistry all = new CompositeMeterRegistry();
        registries.orderedStream().forEach(all::add);
        return all;
    }

    /**
     * Refuses several beans of a type without a primary one, by their definitions.
     * @param beans the beans
     * @param type the type
     * @throws InvalidConfigurationException if there are several
     */
    static void require(ConfigurableListableBeanFactory beans, Class<?> type) {
        List<String> names = new ArrayList<>();
        List<String> first = new ArrayList<>();
        List<String> regular = new ArrayList<>();
        for (String name : BeanFactoryUtils.beanNamesForTypeIncludingAncestors(beans, type, true, false)) {
            BeanDefinition definition = definition(beans, name);
            if (definition == null || isCandidate(definition)) {
                names.add(name);
                if (definition != null && definition.isPrimary()) {
                    first.add(name);
                }
                if (definition == null || !definition.isFallback()) {
                    regular.add(name);
                }
            }
        }
        if (names.size() > 1 && first.size() != 1 && (!first.isEmpty() || regular.size() != 1)) {
            throw refused(type, names, PRIMARY, null);
        }
    }

    /** Returns {@code null} for a registered singleton. */
    static @Nullable BeanDefinition definition(ConfigurableListableBeanFactory beans, String name) {
        try {
            return beans.getMergedBeanDefinition(name);
        }
        catch (NoSuchBeanDefinitionException ex) {
            return null;
        }
    }

    private static boolean isCandidate(BeanDefinition definition) {
        return definition.isAutowireCandidate()
                && (!(definition instanceof AbstractBeanDefinition known) || known.isDefaultCandidate());
    }

    private static InvalidConfigurationException refused(Class<?> type, List<String> names, String action,
            @Nullable NoUniqueBeanDefinitionException cause) {
        InvalidConfigurationException refused = new InvalidConfigurationException(
                "The application has several beans of type " + type.getSimpleName() + " and none is primary: " + names
                        + ".",
                action);
        if (cause != null) {
            refused.initCause(cause);
        }
        return refused;
    }

}
