package io.reliablemq.autoconfigure;

import java.time.Duration;
import java.util.List;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.outbox.DirectSends;
import io.reliablemq.outbox.OutboxMode;
import io.reliablemq.producer.SendBuffer;
import io.reliablemq.reconcile.Reconciler;
import org.apache.rocketmq.spring.core.RocketMQTemplate;

import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * Refuses explicitly configured features that the application cannot provide. Without
 * such a property the feature is off by default; with it, the feature would be missing
 * silently.
 */
final class AskedFor implements BeanFactoryPostProcessor {

    private static final String DATABASE = "Configure a DataSource (spring.datasource.*, with spring-jdbc), without"
            + " reliable-mq.idempotency.store=redis, which leaves it alone (name REDIS at the listeners instead)";

    private final Environment environment;

    AskedFor(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
        Binder binder = Binder.get(this.environment);
        String dataSource = binder.bind("reliable-mq.jdbc.data-source", String.class).orElse("");
        if (!dataSource.isBlank() && !has(beans, JdbcDatabase.class)) {
            throw new InvalidConfigurationException(
                    "reliable-mq.jdbc.data-source is " + dataSource + ", but no database is used.",
                    DATABASE + "; or remove the property.");
        }
        boolean sends = has(beans, RocketMQTemplate.class);
        OutboxMode mode = binder.bind("reliable-mq.outbox.mode", OutboxMode.class).orElse(OutboxMode.OFF);
        if (sends && mode != OutboxMode.OFF && !has(beans, SendBuffer.class)) {
            throw new InvalidConfigurationException(
                    "reliable-mq.outbox.mode is " + mode + ", but there is no database to store messages in.",
                    DATABASE + "; or set reliable-mq.outbox.mode to off.");
        }
        List<String> topics = binder.bind("reliable-mq.ledger.topics", Bindable.listOf(String.class)).orElse(List.of());
        if (sends && !topics.isEmpty() && !has(beans, DirectSends.class)) {
            throw new InvalidConfigurationException(
                    "reliable-mq.ledger.topics is " + topics + ", but there is no database to note their sends in.",
                    DATABASE + "; or remove the property.");
        }
        if (isScheduled(binder) && !has(beans, Reconciler.class)) {
            throw new InvalidConfigurationException(
                    "Reconciliation is scheduled (reliable-mq.reconcile.cron or .window), but nothing can be compared"
                            + " here: it needs a database and a RocketMQTemplate.",
                    DATABASE + " and a producer (rocketmq.name-server, rocketmq.producer.group); or schedule it in the"
                            + " application that sends; or set reliable-mq.reconcile.enabled to false.");
        }
    }

    private static boolean isScheduled(Binder binder) {
        return binder.bind("reliable-mq.reconcile.enabled", Boolean.class).orElse(true)
                && binder.bind("rocketmq.name-server", String.class).isBound()
                && (binder.bind("reliable-mq.reconcile.cron", String.class)
                    .map(ReliableMQProperties.Reconcile::cronOrNone)
                    .isBound() || binder.bind("reliable-mq.reconcile.window", Duration.class).isBound());
    }

    private static boolean has(ConfigurableListableBeanFactory beans, Class<?> type) {
        return BeanFactoryUtils.beanNamesForTypeIncludingAncestors(beans, type, true, false).length > 0;
    }

}
