package io.reliablemq.rocketmq;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.idempotency.IdempotentConsumer;
import io.reliablemq.listener.ListenerCatalog;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * What can only be checked when all listeners are known.
 */
public final class StartupChecks implements SmartInitializingSingleton {

    private final ListenerRegistry registry;

    private final ListenerCatalog catalog;

    private final ListableBeanFactory beans;

    /**
     * Creates the checks.
     * @param registry knows the containers
     * @param catalog properties by consumer group
     * @param beans all beans of the application
     */
    public StartupChecks(ListenerRegistry registry, ListenerCatalog catalog, ListableBeanFactory beans) {
        this.registry = registry;
        this.catalog = catalog;
        this.beans = beans;
    }

    @Override
    public void afterSingletonsInstantiated() {
        requireOneSubscriptionPerGroup();
        requireContainers();
        this.catalog.requireAllUsed();
    }

    /**
     * The broker keeps the last subscription of a group only: the others lose messages.
     */
    private void requireOneSubscriptionPerGroup() {
        Map<String, List<ListenerDescription>> groups = this.registry.listeners()
            .stream()
            .collect(Collectors.groupingBy(ListenerDescription::group, TreeMap::new, Collectors.toList()));
        groups.forEach((group, listeners) -> {
            List<String> subscriptions = listeners.stream().map(ListenerDescription::subscription).distinct().toList();
            if (subscriptions.size() > 1) {
                throw new InvalidConfigurationException(
                        "The listeners "
                                + listeners.stream().map((listener) -> listener.targetClass().getName()).toList()
                                + " share the consumer group '" + group + "' but subscribe to different things: "
                                + subscriptions + ". The broker keeps only the last subscription of a group, so"
                                + " messages would silently be lost.",
                        "Give each of them a consumer group of its own.");
            }
        });
    }

    private void requireContainers() {
        for (String name : this.beans.getBeanNamesForAnnotation(IdempotentConsumer.class)) {
            Class<?> type = AopProxyUtils.ultimateTargetClass(this.beans.getBean(name));
            boolean known = this.registry.listeners().stream().anyMatch((it) -> it.targetClass() == type);
            if (!known) {
                throw new InvalidConfigurationException(
                        "The bean '" + name + "' (" + type.getName()
                                + ") has @IdempotentConsumer but no listener container, so nothing guards it.",
                        "Annotate its class with @RocketMQMessageListener and set rocketmq.name-server; for other work"
                                + " use the IdempotencyGuard bean.");
            }
        }
    }

}
