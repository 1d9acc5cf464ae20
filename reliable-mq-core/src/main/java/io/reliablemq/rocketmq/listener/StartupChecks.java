package io.reliablemq.rocketmq.listener;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.idempotency.IdempotentConsumer;
import io.reliablemq.listener.ListenerCatalog;
import io.reliablemq.rocketmq.Clusters;
import io.reliablemq.rocketmq.ListenerDescription;
import io.reliablemq.rocketmq.ListenerRegistry;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQReplyListener;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.core.annotation.AnnotationUtils;

/**
 * Checks at startup what can only be checked when all listeners are known.
 */
public final class StartupChecks implements SmartInitializingSingleton {

    private final ListenerRegistry registry;

    private final ListenerCatalog catalog;

    private final ListableBeanFactory beans;

    private final Function<String, String> placeholders;

    /**
     * Creates the checks.
     * @param registry knows the containers
     * @param catalog properties by consumer group
     * @param beans all beans of the application
     * @param placeholders resolves placeholders in annotations
     */
    public StartupChecks(ListenerRegistry registry, ListenerCatalog catalog, ListableBeanFactory beans,
            Function<String, String> placeholders) {
        this.registry = registry;
        this.catalog = catalog;
        this.beans = beans;
        this.placeholders = placeholders;
    }

    @Override
    public void afterSingletonsInstantiated() {
        createListeners();
        requireOneSubscriptionPerGroup();
        requireContainers();
        this.catalog.requireAllUsed();
    }

    /** A lazy one gets its container when it is created, and nobody else asks for it. */
    private void createListeners() {
        Set<String> names = new LinkedHashSet<>(
                List.of(this.beans.getBeanNamesForAnnotation(RocketMQMessageListener.class)));
        names.addAll(List.of(this.beans.getBeanNamesForType(RocketMQListener.class)));
        names.addAll(List.of(this.beans.getBeanNamesForType(RocketMQReplyListener.class)));
        names.forEach(this.beans::getBean);
    }

    /**
     * The brokers of a cluster keep the last subscription of a group only: the others
     * lose messages.
     */
    private void requireOneSubscriptionPerGroup() {
        Map<String, List<ListenerDescription>> groups = this.registry.listeners()
            .stream()
            .collect(Collectors.groupingBy(ListenerDescription::group, TreeMap::new, Collectors.toList()));
        groups.forEach((group, all) -> all.forEach((one) -> {
            List<ListenerDescription> listeners = all.stream()
                .filter((other) -> Clusters.areOne(one.container().getConsumer(), other.container().getConsumer()))
                .toList();
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
        }));
    }

    private void requireContainers() {
        Set<String> names = new LinkedHashSet<>(
                List.of(this.beans.getBeanNamesForAnnotation(IdempotentConsumer.class)));
        names.addAll(List.of(this.beans.getBeanNamesForType(RocketMQListener.class)));
        for (String name : names) {
            Class<?> type = AopProxyUtils.ultimateTargetClass(this.beans.getBean(name));
            boolean known = this.registry.listeners().stream().anyMatch((it) -> it.targetClass() == type);
            RocketMQMessageListener container = AnnotationUtils.findAnnotation(type, RocketMQMessageListener.class);
            if (container != null) {
                // Switched off by rocketmq.consumer.listeners, if it has no container:
                // its key is in use all the same.
                this.catalog.forGroup(this.placeholders.apply(container.consumerGroup()));
            }
            else if (!known && ListenerDescription.annotationOf(type) != null) {
                throw new InvalidConfigurationException(
                        "The bean '" + name + "' (" + type.getName()
                                + ") has @IdempotentConsumer but no listener container, so nothing guards it.",
                        "Annotate its class with @RocketMQMessageListener and set rocketmq.name-server; for other work"
                                + " use the IdempotencyGuard bean.");
            }
        }
    }

}
