package io.reliablemq.autoconfigure;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.idempotency.IdempotencyStore;
import io.reliablemq.listener.StoreBackend;
import io.reliablemq.retry.AttemptStore;

import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Selects the store backends of the listeners, one of each type. Of several the primary
 * one is used, and a store that belongs to no backend is refused.
 */
final class Backends {

    private Backends() {
    }

    /**
     * Selects one of each type.
     * @param all the application's, in order of preference
     * @param beans knows their names
     * @return as many as there are types, in order of preference
     * @throws InvalidConfigurationException if none of several is primary, or if a store
     * would be used by no listener
     */
    static List<StoreBackend> of(ObjectProvider<StoreBackend> all, ConfigurableListableBeanFactory beans) {
        List<StoreBackend> backends = all.orderedStream().toList();
        requireUsed(beans, IdempotencyStore.class, backends.stream().map(StoreBackend::store));
        requireUsed(beans, AttemptStore.class, backends.stream().map(StoreBackend::attempts));
        Map<String, StoreBackend> names = BeanFactoryUtils.beansOfTypeIncludingAncestors(beans, StoreBackend.class);
        List<StoreBackend> chosen = new ArrayList<>();
        for (StoreBackend backend : backends) {
            if (chosen.stream().noneMatch((it) -> it.type() == backend.type())) {
                Map<String, StoreBackend> same = new LinkedHashMap<>(names);
                same.values().removeIf((it) -> it.type() != backend.type());
                chosen.add((same.size() > 1) ? primary(same, beans) : backend);
            }
        }
        return chosen;
    }

    private static StoreBackend primary(Map<String, StoreBackend> same, ConfigurableListableBeanFactory beans) {
        List<StoreBackend> primary = same.entrySet().stream().filter((backend) -> {
            BeanDefinition definition = Unique.definition(beans, backend.getKey());
            return definition != null && definition.isPrimary();
        }).map(Map.Entry::getValue).toList();
        if (primary.size() != 1) {
            StoreBackend any = same.values().iterator().next();
            throw new InvalidConfigurationException(
                    "The application has several beans of type StoreBackend for " + any.type()
                            + " and none is primary: " + List.copyOf(same.keySet()) + ".",
                    "Mark the one to be used as @Primary.");
        }
        return primary.get(0);
    }

    private static <T> void requireUsed(ConfigurableListableBeanFactory beans, Class<T> type, Stream<T> used) {
        List<T> known = used.toList();
        BeanFactoryUtils.beansOfTypeIncludingAncestors(beans, type).forEach((name, store) -> {
            if (known.stream().noneMatch((it) -> it == store)) {
                throw new InvalidConfigurationException(
                        "No listener would use the bean '" + name + "' of type " + type.getSimpleName() + ".",
                        "Declare a StoreBackend bean that it is part of, marked as @Primary where there is another of"
                                + " its type.");
            }
        });
    }

}
