package io.reliablemq.autoconfigure;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.reliablemq.producer.MessageTransport;
import io.reliablemq.rocketmq.transport.RocketMQMessageTransport;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.springframework.context.SmartLifecycle;

/**
 * One way to the cluster of each template, shared by all who send there. Until the
 * application has started a template may be without a producer; those that are sent with
 * must have one by then.
 */
final class ClusterTransports implements SmartLifecycle {

    /** Before the relay and the listeners. */
    private static final int PHASE = Integer.MAX_VALUE - 3500;

    private final Map<RocketMQTemplate, MessageTransport> transports = new ConcurrentHashMap<>();

    private final Set<LateTransport> awaited = ConcurrentHashMap.newKeySet();

    private volatile boolean running;

    /**
     * The way to a template's cluster.
     * @param template the template
     * @return always the same
     * @throws io.reliablemq.InvalidConfigurationException if the template has no
     * producer, and none is to come
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

    /** As above, but a template that is not sent with needs no producer. */
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
