package io.reliablemq;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.ReceiverContext;
import io.micrometer.observation.transport.SenderContext;

/**
 * Does what a tracer does with observations, and remembers them.
 */
public final class Observed implements ObservationHandler<Observation.Context> {

    private final ObservationRegistry registry = ObservationRegistry.create();

    private final List<Observation.Context> ended = Collections.synchronizedList(new ArrayList<>());

    private final AtomicInteger started = new AtomicInteger();

    public Observed() {
        this.registry.observationConfig().observationHandler(this);
    }

    public ObservationRegistry registry() {
        return this.registry;
    }

    public List<Observation.Context> ended() {
        return this.ended;
    }

    public static Map<String, String> tags(Observation.Context context) {
        Map<String, String> tags = new HashMap<>();
        context.getAllKeyValues().forEach((tag) -> tags.put(tag.getKey(), tag.getValue()));
        return tags;
    }

    @Override
    @SuppressWarnings("unchecked")
    public void onStart(Observation.Context context) {
        if (context instanceof SenderContext<?> sender) {
            SenderContext<Object> any = (SenderContext<Object>) sender;
            any.getSetter().set(any.getCarrier(), "traceparent", "context-" + this.started.incrementAndGet());
        }
        if (context instanceof ReceiverContext<?> receiver) {
            ReceiverContext<Object> any = (ReceiverContext<Object>) receiver;
            context.put("parent", String.valueOf(any.getGetter().get(any.getCarrier(), "traceparent")));
        }
    }

    @Override
    public void onStop(Observation.Context context) {
        this.ended.add(context);
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
        return true;
    }

}
