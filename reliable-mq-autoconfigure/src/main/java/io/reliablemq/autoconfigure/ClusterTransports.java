package io.reliablemq.autoconfigure;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.reliablemq.producer.MessageTransport;
import io.reliablemq.rocketmq.transport.RocketMQMessageTransport;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.springframework.context.SmartLifecycle;

/**
 * Creates one transport per cluster of a template, shared by all senders. Until the
 * application has started, a template may lack a producer; after that, every template
 * used for sending must have one.
 */
final class ClusterTransports implements SmartLifecycle {

    /** Before the relay and the listeners. */
    private static final int PHASE = Integer.MAX_VALUE - 3500;

    private final Map<RocketMQTemplate, MessageTransport> transports = new ConcurrentHashMap<>();

    private final Set<LateTransport> awaited = ConcurrentHashMap.newKeySet();

    private volatile boolean running;

    /**
     * Returns the transport of a template's cluster.
     * @param template the template
     * @return the same for every call
     * @throws io.reliablemq.InvalidConfigurationException if the template has no producer
     * and will not get one
     */
    MessageTransport of(RocketMQTemplate template) {
        MessageTransport transport = ofAny(template);
        if (transport instanceof LateTransport late && !late.isReady()) {
            if (this.running) {
                late.require();
            }
            this.awaited.add(late);
        }
        return transport;
    }

    /** Like {@link #of}, but for templates that need not have a producer. */
    MessageTransport ofAny(RocketMQTemplate template) {
        return this.transports.computeIfAbsent(template, ClusterTransports::create);
    }

    private static MessageTransport create(RocketMQTemplate template) {
        return (template.getProducer() != null) ? new RocketMQMessageTransport(template) : new LateTransport(template);
    }

    @Override
    public void start() {
        this.awaited.forEach(LateTransport::require);
        this.running = true;
    }

    @Override
    public void stop() {
        this.running = false;
    }

    @Override
    public boolean isRunning() {
        return this.running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }

}
