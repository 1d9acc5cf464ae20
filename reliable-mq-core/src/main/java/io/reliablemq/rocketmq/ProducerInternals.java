package io.reliablemq.rocketmq;

import org.apache.rocketmq.client.impl.producer.DefaultMQProducerImpl;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.remoting.protocol.NamespaceUtil;
import org.jspecify.annotations.Nullable;

/**
 * What the client offers only by methods that it calls deprecated, without a replacement.
 */
@SuppressWarnings("deprecation")
public final class ProducerInternals {

    private ProducerInternals() {
    }

    /** Knows the cached routes. */
    public static DefaultMQProducerImpl of(DefaultMQProducer producer) {
        return producer.getDefaultMQProducerImpl();
    }

    /** The namespace, if one is set. */
    static @Nullable public String namespace(DefaultMQProducer producer) {
        return producer.getNamespace();
    }

    /** Adds the namespace's prefix unless there is none or it is there already. */
    public static String withNamespace(DefaultMQProducer producer, String topic) {
        return NamespaceUtil.wrapNamespace(producer.getNamespace(), topic);
    }

}
