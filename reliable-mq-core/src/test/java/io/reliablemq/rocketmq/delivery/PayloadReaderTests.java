package io.reliablemq.rocketmq.delivery;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

import io.reliablemq.listener.BatchListener;
import io.reliablemq.listener.BatchResult;
import io.reliablemq.rocketmq.Containers;
import io.reliablemq.rocketmq.ListenerDescription;
import io.reliablemq.rocketmq.Messages;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.support.DefaultRocketMQListenerContainer;
import org.junit.jupiter.api.Test;
import org.springframework.messaging.Message;
import org.springframework.messaging.converter.MappingJackson2MessageConverter;
import org.springframework.messaging.converter.StringMessageConverter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class PayloadReaderTests {

    @Test
    void convertsToWhatTheListenerTakes() {
        assertThat(json(new OrderListener()).read(Messages.message("{\"id\":\"o-1\"}"))).isEqualTo(new Order("o-1"));
    }

    @Test
    void convertsEachOfTheMessagesThatAListenerTakesAtOneGo() {
        assertThat(json(new OrdersListener()).read(Messages.message("{\"id\":\"o-1\"}"))).isEqualTo(new Order("o-1"));
    }

    @Test
    void isNotMisledByAnotherMethodOfTheSameName() {
        assertThat(json(new OverloadedListener()).read(Messages.message("{\"id\":\"o-1\"}")))
            .isEqualTo(new Order("o-1"));
    }

    @Test
    void handsOverTheMessageItself() {
        MessageExt message = Messages.message("text");

        assertThat(json(new RawListener()).read(message)).isSameAs(message);
    }

    @Test
    void handsOverTheBytesAsACopy() {
        MessageExt message = Messages.message("");
        byte[] body = { 1, 2, -3, 'x' };
        message.setBody(body);

        assertThat(json(new BytesListener()).read(message)).isEqualTo(body).isNotSameAs(body);
    }

    @Test
    void readsTextInTheCharsetOfTheContainer() {
        DefaultRocketMQListenerContainer container = Containers.of(new SingleDeliveryTests.TextListener());
        container.setCharset("ISO-8859-1");
        MessageExt message = Messages.message("");
        message.setBody("é".getBytes(StandardCharsets.ISO_8859_1));

        assertThat(new PayloadReader(ListenerDescription.of(container)).read(message)).isEqualTo("é");
    }

    @Test
    void saysThatAMessageCannotBeConverted() {
        assertThatExceptionOfType(UnreadableMessageException.class)
            .isThrownBy(() -> json(new OrderListener()).read(Messages.message("no json")))
            .withMessageContaining(Order.class.getName());
    }

    /** The client's decoder leaves the body out where it is empty. */
    @Test
    void readsAMessageWithoutABodyAsAnEmptyOne() throws Exception {
        MessageExt sent = Messages.message("");
        sent.setBornHost(new InetSocketAddress("127.0.0.1", 1));
        sent.setStoreHost(new InetSocketAddress("127.0.0.1", 1));
        MessageExt message = MessageDecoder.decode(ByteBuffer.wrap(MessageDecoder.encode(sent, false)));
        assertThat(message.getBody()).isNull();

        assertThat(json(new BytesListener()).read(message)).isEqualTo(new byte[0]);
        assertThat(new PayloadReader(Containers.describe(new SingleDeliveryTests.TextListener())).read(message))
            .isEqualTo("");
        assertThatExceptionOfType(UnreadableMessageException.class)
            .isThrownBy(() -> json(new OrderListener()).read(message));
    }

    /** It is nested too deeply, most likely, and would be the next time. */
    @Test
    void saysThatTheConverterRanOutOfStack() {
        DefaultRocketMQListenerContainer container = Containers.of(new OrderListener());
        container.setMessageConverter(new StringMessageConverter() {

            @Override
            protected Object convertFromInternal(Message<?> message, Class<?> targetClass, Object conversionHint) {
                throw new StackOverflowError();
            }

            @Override
            protected boolean supports(Class<?> type) {
                return true;
            }

        });

        assertThatExceptionOfType(UnreadableMessageException.class)
            .isThrownBy(() -> new PayloadReader(ListenerDescription.of(container)).read(Messages.message("x")));
    }

    @Test
    void saysThatNoConverterAnswered() {
        DefaultRocketMQListenerContainer container = Containers.of(new OrderListener());
        container.setMessageConverter(new StringMessageConverter());

        assertThatExceptionOfType(UnreadableMessageException.class)
            .isThrownBy(() -> new PayloadReader(ListenerDescription.of(container)).read(Messages.message("x")));
    }

    private static PayloadReader json(RocketMQListener<?> listener) {
        DefaultRocketMQListenerContainer container = Containers.of(listener);
        MappingJackson2MessageConverter converter = new MappingJackson2MessageConverter();
        converter.setStrictContentTypeMatch(false);
        container.setMessageConverter(converter);
        return new PayloadReader(ListenerDescription.of(container));
    }

    record Order(String id) {
    }

    @RocketMQMessageListener(consumerGroup = "g", topic = "orders")
    static class OrderListener implements RocketMQListener<Order> {

        @Override
        public void onMessage(Order order) {
        }

    }

    @RocketMQMessageListener(consumerGroup = "g", topic = "orders")
    static class BytesListener implements RocketMQListener<byte[]> {

        @Override
        public void onMessage(byte[] bytes) {
        }

    }

    @RocketMQMessageListener(consumerGroup = "g", topic = "orders")
    static class OrdersListener extends OrderListener implements RocketMQListener<Order>, BatchListener<Order> {

        @Override
        public BatchResult onMessages(List<Order> orders) {
            return BatchResult.ok();
        }

    }

    @RocketMQMessageListener(consumerGroup = "g", topic = "orders")
    static class OverloadedListener implements RocketMQListener<Order> {

        public void onMessage(Integer other) {
        }

        public void onMessage(Long other) {
        }

        @Override
        public void onMessage(Order order) {
        }

        public void onMessage(String other) {
        }

        public void onMessage(StringBuilder other) {
        }

    }

    @RocketMQMessageListener(consumerGroup = "g", topic = "orders")
    static class RawListener implements RocketMQListener<MessageExt> {

        @Override
        public void onMessage(MessageExt message) {
        }

    }

}
