package io.reliablemq.autoconfigure;

import java.util.List;
import java.util.function.Supplier;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.jdbc.PayloadCodec;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.ObjectProvider;

/**
 * Beans of which there may be one. Several without a primary one are refused: taken for
 * none, they would be left out silently.
 */
final class Unique {

    private Unique() {
    }

    /** How payloads are stored. By type only, so that all who store or read agree. */
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
     * @param action what to do if there are several
     * @return the primary or only one; {@code null} if there is none
     * @throws InvalidConfigurationException if there are several
     */
    static <T> @Nullable T find(ListableBeanFactory beans, Class<T> type, String action) {
        try {
            return beans.getBeanProvider(type).getIfAvailable();
        }
        catch (NoUniqueBeanDefinitionException ex) {
            throw refused(type, List.of(beans.getBeanNamesForType(type)), action, ex);
        }
    }

    /** The only bean, or another where there is none. */
    static <T> T of(ObjectProvider<T> provider, Class<T> type, Supplier<T> otherwise) {
        try {
            T bean = provider.getIfAvailable();
            return (bean != null) ? bean : otherwise.get();
        }
        catch (NoUniqueBeanDefinitionException ex) {
            throw refused(type, (ex.getBeanNamesFound() != null) ? List.copyOf(ex.getBeanNamesFound()) : List.of(),
                    "Mark the one to be used as @Primary.", ex);
        }
    }

    /** The only registry, or all of them. */
    static MeterRegistry meters(ObjectProvider<MeterRegistry> registries) {
        MeterRegistry only = registries.getIfUnique();
        if (only != null) {
            return only;
        }
        CompositeMeterRegistry all = new CompositeMeterRegistry();
        registries.orderedStream().forEach(all::add);
        return all;
    }

    private static InvalidConfigurationException refused(Class<?> type, List<String> names, String action,
            NoUniqueBeanDefinitionException cause) {
        InvalidConfigurationException refused = new InvalidConfigurationException(
                "The application has several beans of type " + type.getSimpleName() + " and none is primary: " + names
                        + ".",
                action);
        refused.initCause(cause);
        return refused;
    }

}
