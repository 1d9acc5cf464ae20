package io.reliablemq.autoconfigure;

import java.time.Clock;
import java.util.Optional;

import io.reliablemq.concurrency.AdaptiveConcurrency;
import io.reliablemq.concurrency.AdaptiveOptions;
import io.reliablemq.concurrency.ListenerControl;
import io.reliablemq.concurrency.ProcessorLoad;
import io.reliablemq.concurrency.ThreadRange;
import io.reliablemq.concurrency.TunableListener;
import io.reliablemq.listener.ListenerCatalog;
import io.reliablemq.listener.ListenerConcurrency;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Auto-configuration of adaptive thread counts, and of the listeners' endpoint.
 */
@AutoConfiguration(after = ReliableMQListenerAutoConfiguration.class)
@ConditionalOnFlag("reliable-mq.enabled")
public class ReliableMQAdaptiveAutoConfiguration {

    @Bean(destroyMethod = "stop")
    @ConditionalOnMissingBean
    AdaptiveConcurrency reliableMQAdaptiveConcurrency(ListenerControl control, ListenerCatalog catalog,
            ReliableMQProperties properties) {
        ReliableMQProperties.Adaptive adaptive = properties.adaptive();
        AdaptiveOptions options = new AdaptiveOptions(adaptive.interval(), adaptive.errorRate(), adaptive.maxCpu());
        return new AdaptiveConcurrency(control, (listener) -> range(listener, catalog), options, new ProcessorLoad(),
                Clock.systemUTC());
    }

    private static Optional<ThreadRange> range(TunableListener listener, ListenerCatalog catalog) {
        ListenerConcurrency.Adaptive adaptive = catalog.forGroup(listener.group()).concurrency().adaptive();
        if (!adaptive.enabled()) {
            return Optional.empty();
        }
        Integer min = adaptive.minThreads();
        Integer max = adaptive.maxThreads();
        return Optional.of(new ThreadRange((min != null) ? min : 1, (max != null) ? max : listener.maxThreads()));
    }

    /**
     * The endpoint, for applications with actuator endpoints.
     */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({ Endpoint.class, ConditionalOnAvailableEndpoint.class })
    static class EndpointConfiguration {

        @Bean
        @ConditionalOnAvailableEndpoint(endpoint = ReliableMQListenersEndpoint.class)
        @ConditionalOnMissingBean
        ReliableMQListenersEndpoint reliableMQListenersEndpoint(ListenerControl control,
                ObjectProvider<AdaptiveConcurrency> adaptive) {
            return new ReliableMQListenersEndpoint(control, adaptive.getIfAvailable());
        }

    }

}
