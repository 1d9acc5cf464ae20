package io.reliablemq.test.producer;

import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendOptions;
import io.reliablemq.producer.SendRetryPolicy;
import io.reliablemq.rocketmq.transport.RocketMQMessageTransport;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.apache.rocketmq.spring.support.RocketMQMessageConverter;

/**
 * The sending beans of an application, and what rocketmq-spring gives it.
 */
public final class SendingApplication implements AutoCloseable {

    public final RocketMQTemplate rocketMQTemplate;

    public final ReliableMQTemplate template;

    public SendingApplication(String nameServer, SendOptions options) {
        this(producer(nameServer), options, policy(options));
    }

    SendingApplication(DefaultMQProducer producer, SendOptions options, SendRetryPolicy policy) {
        this.rocketMQTemplate = rocketMQTemplate(producer);
        this.template = ReliableMQTemplate
            .builder(this.rocketMQTemplate, RocketMQMessageTransport::new, new CountingIds())
            .options(options)
            .retryPolicy(policy)
            .build();
    }

    static SendRetryPolicy policy(SendOptions options) {
        return SendRetryPolicy.exponential(options.maxAttempts(), options.backoff());
    }

    static DefaultMQProducer producer(String nameServer) {
        DefaultMQProducer producer = new DefaultMQProducer("producer-" + UUID.randomUUID());
        producer.setNamesrvAddr(nameServer);
        producer.setInstanceName(UUID.randomUUID().toString());
        return producer;
    }

    static RocketMQTemplate rocketMQTemplate(DefaultMQProducer producer) {
        RocketMQTemplate template = new RocketMQTemplate();
        template.setMessageConverter(new RocketMQMessageConverter().getMessageConverter());
        template.setProducer(producer);
        try {
            template.afterPropertiesSet();
        }
        catch (Exception ex) {
            throw new IllegalStateException(ex);
        }
        return template;
    }

    @Override
    public void close() {
        this.template.close();
        this.rocketMQTemplate.destroy();
    }

    private static final class CountingIds implements MessageIdGenerator {

        private final AtomicLong last = new AtomicLong();

        @Override
        public long nextId() {
            return this.last.incrementAndGet();
        }

        @Override
        public long[] nextIds(int count) {
            return LongStream.range(0, count).map((i) -> nextId()).toArray();
        }

    }

}
