package io.reliablemq.test.context;

import io.reliablemq.test.EmbeddedRocketMQBroker;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.autoconfigure.RocketMQAutoConfiguration;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.ConfigurationPropertiesAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * A small application with one listener, which tells what it could still do while it was
 * shut down.
 */
@Configuration(proxyBeanMethods = false)
@ImportAutoConfiguration({ ConfigurationPropertiesAutoConfiguration.class, RocketMQAutoConfiguration.class })
class OrdersApplication {

    static final Queue<String> SHUTDOWN = new ConcurrentLinkedQueue<>();

    @Bean
    Orders orders() {
        return new Orders();
    }

    @Bean
    LastWords lastWords(RocketMQTemplate template) {
        return new LastWords(template);
    }

    /**
     * Created before all other beans, hence destroyed after them.
     */
    @Bean
    static BeanFactoryPostProcessor firstBean() {
        return new FirstBean();
    }

    @RocketMQMessageListener(topic = "orders", consumerGroup = "orders-group")
    static class Orders implements RocketMQListener<String> {

        final Queue<String> consumed = new ConcurrentLinkedQueue<>();

        @Override
        public void onMessage(String order) {
            this.consumed.add(order);
        }

    }

    static class LastWords implements DisposableBean {

        private final RocketMQTemplate template;

        LastWords(RocketMQTemplate template) {
            this.template = template;
        }

        @Override
        public void destroy() {
            SendStatus status = this.template.syncSend("orders", "good-bye").getSendStatus();
            SHUTDOWN.add("sent " + status);
        }

    }

    static class FirstBean implements BeanFactoryPostProcessor, DisposableBean {

        private EmbeddedRocketMQBroker broker;

        @Override
        public void postProcessBeanFactory(
                org.springframework.beans.factory.config.ConfigurableListableBeanFactory beanFactory) {
            this.broker = beanFactory.getBean(EmbeddedRocketMQBroker.class);
        }

        @Override
        public void destroy() {
            SHUTDOWN.add("broker running " + this.broker.isRunning());
        }

    }

}
