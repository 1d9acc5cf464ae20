package io.reliablemq.it;

import java.util.List;

import brave.Tracing;
import brave.sampler.Sampler;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.brave.bridge.BraveBaggageManager;
import io.micrometer.tracing.brave.bridge.BraveCurrentTraceContext;
import io.micrometer.tracing.brave.bridge.BravePropagator;
import io.micrometer.tracing.brave.bridge.BraveTracer;
import io.micrometer.tracing.brave.bridge.W3CPropagation;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingReceiverTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingSenderTracingObservationHandler;
import io.micrometer.tracing.propagation.Propagator;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * What Spring Boot makes of Micrometer Tracing with Brave.
 */
@Configuration(proxyBeanMethods = false)
class TracingBeans {

    @Bean
    Spans spans() {
        return new Spans();
    }

    @Bean
    Tracing tracing(Spans spans) {
        return Tracing.newBuilder()
            .traceId128Bit(true)
            .supportsJoin(false)
            .propagationFactory(new W3CPropagation(new BraveBaggageManager(), List.of()))
            .sampler(Sampler.ALWAYS_SAMPLE)
            .addSpanHandler(spans)
            .build();
    }

    @Bean
    ObservationRegistry observationRegistry(Tracing tracing) {
        Tracer tracer = new BraveTracer(tracing.tracer(), new BraveCurrentTraceContext(tracing.currentTraceContext()),
                new BraveBaggageManager());
        Propagator propagator = new BravePropagator(tracing);
        ObservationRegistry registry = ObservationRegistry.create();
        registry.observationConfig()
            .observationHandler(new ObservationHandler.FirstMatchingCompositeObservationHandler(
                    new PropagatingSenderTracingObservationHandler<>(tracer, propagator),
                    new PropagatingReceiverTracingObservationHandler<>(tracer, propagator),
                    new DefaultTracingObservationHandler(tracer)));
        return registry;
    }

}
