package io.reliablemq.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

import javax.sql.DataSource;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.reconcile.ConsumptionRecords;
import io.reliablemq.reconcile.LazyConsumptionRecords;
import io.reliablemq.reconcile.http.HttpConsumptionRecords;
import io.reliablemq.reconcile.jdbc.JdbcConsumptionRecords;
import io.reliablemq.reconcile.redis.RedisConsumptionRecords;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.util.ClassUtils;
import org.springframework.web.client.RestClient;

/**
 * Finds the records of groups of other services, as
 * {@code reliable-mq.reconcile.groups.<group>.source} names them.
 */
final class GroupSourceFactory {

    private final ListableBeanFactory beans;

    private final ReliableMQProperties properties;

    GroupSourceFactory(ListableBeanFactory beans, ReliableMQProperties properties) {
        this.beans = beans;
        this.properties = properties;
    }

    ConsumptionRecords of(String group, ReliableMQProperties.Reconcile.Group source) {
        String text = source.source().trim();
        if (text.startsWith("http://") || text.startsWith("https://")) {
            requireClass(group, text, "org.springframework.web.client.RestClient", "spring-web");
            return Http.records(this.beans, group, text, source.client(), this.properties.reconcile().sourceTimeout());
        }
        if ("redis".equals(text.toLowerCase(Locale.ROOT))) {
            requireClass(group, text, "org.springframework.data.redis.connection.RedisConnectionFactory",
                    "spring-data-redis");
            return Redis.records(this.beans, group, this.properties.idempotency().redis().keyPrefix());
        }
        return jdbc(group, text);
    }

    /** The database may be down when the application starts. */
    private ConsumptionRecords jdbc(String group, String name) {
        if (!this.beans.containsBean(name) || !this.beans.isTypeMatch(name, DataSource.class)) {
            throw refused(group, "names the DataSource '" + name + "', which does not exist",
                    "Name one of " + List.of(this.beans.getBeanNamesForType(DataSource.class))
                            + ", or write redis, or the http(s) address of the endpoint reliablemqreconcile of the"
                            + " group's application.");
        }
        DataSource dataSource = this.beans.getBean(name, DataSource.class);
        Tables tables = new Tables(this.properties.jdbc().tablePrefix());
        return new LazyConsumptionRecords(() -> new JdbcConsumptionRecords(JdbcDatabase.detect(dataSource, tables)));
    }

    private static void requireClass(String group, String source, String type, String artifact) {
        if (!ClassUtils.isPresent(type, null)) {
            throw refused(group, "is " + source + ", but " + artifact + " is not on the class path",
                    "Add " + artifact + " to the application.");
        }
    }

    private static InvalidConfigurationException refused(String group, String what, String action) {
        return new InvalidConfigurationException("reliable-mq.reconcile.groups." + group + ".source " + what + ".",
                action);
    }

    /** Needs spring-web. */
    private static final class Http {

        /** A client that the application names has timeouts of its own. */
        static ConsumptionRecords records(ListableBeanFactory beans, String group, String url, @Nullable String name,
                Duration timeout) {
            return new HttpConsumptionRecords(client(beans, group, name), url, group, (name == null) ? timeout : null);
        }

        private static RestClient client(ListableBeanFactory beans, String group, @Nullable String name) {
            if (name == null) {
                RestClient.Builder builder = Unique.find(beans, RestClient.Builder.class,
                        "Name the RestClient to ask with: reliable-mq.reconcile.groups." + group + ".client.");
                return (builder != null) ? builder.build() : RestClient.create();
            }
            if (!beans.containsBean(name) || !beans.isTypeMatch(name, RestClient.class)) {
                throw new InvalidConfigurationException(
                        "reliable-mq.reconcile.groups." + group + ".client names the RestClient '" + name
                                + "', which does not exist.",
                        "Name one of " + List.of(beans.getBeanNamesForType(RestClient.class)) + ".");
            }
            return beans.getBean(name, RestClient.class);
        }

    }

    /** Needs spring-data-redis. */
    private static final class Redis {

        static ConsumptionRecords records(ListableBeanFactory beans, String group, String keyPrefix) {
            RedisConnectionFactory connections = Unique.find(beans, RedisConnectionFactory.class,
                    "Mark the one that leads to the records of consumer group '" + group + "' as @Primary.");
            if (connections == null) {
                throw refused(group, "is redis, but the application has no connection to one",
                        "Configure spring.data.redis.");
            }
            return new RedisConsumptionRecords(connections, keyPrefix);
        }

    }

}
