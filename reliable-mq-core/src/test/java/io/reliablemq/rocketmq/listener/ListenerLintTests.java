package io.reliablemq.rocketmq.listener;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.idempotency.IdempotentConsumer;
import io.reliablemq.rocketmq.Containers;
import io.reliablemq.rocketmq.ListenerDescription;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.spring.annotation.MessageModel;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQReplyListener;
import org.junit.jupiter.api.Test;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.scheduling.annotation.Async;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

class ListenerLintTests {

    @Test
    void acceptsAPlainListener() {
        assertThatNoException().isThrownBy(() -> check(new Plain()));
        assertThatNoException().isThrownBy(() -> check(new Raw()));
    }

    @Test
    void refusesBroadcasting() {
        refuses(new Broadcasting(), "BROADCASTING");
    }

    @Test
    void refusesAReplyListener() {
        refuses(new Replying(), "RocketMQReplyListener");
    }

    @Test
    void refusesAsyncOnMethodAndClass() {
        refuses(new AsyncMethod(), "@Async");
        refuses(new AsyncClass(), "@Async");
    }

    @Test
    void refusesAPayloadThatRocketMQSpringCannotSee() {
        refuses(new TakesObject(), "java.lang.Object");
        refuses(new ThroughInterface(), "java.lang.Object");
    }

    @Test
    void refusesAFinalMethodOnASubclassProxy() {
        refuses(proxy(new FinalMethod(), true), "final");
        assertThatNoException().isThrownBy(() -> check(new FinalMethod()));
    }

    @Test
    void acceptsAJdkProxyAndSeesThroughIt() {
        Object proxy = proxy(new FinalMethod(), false);

        assertThatNoException().isThrownBy(() -> check(proxy));
        ListenerDescription listener = Containers.describe(proxy);
        assertThat(listener.targetClass()).isEqualTo(FinalMethod.class);
        assertThat(listener.guarded()).isTrue();
        assertThat(listener.listener()).isSameAs(proxy);
    }

    @Test
    void findsTheAnnotationOnTheMethodToo() {
        assertThat(Containers.describe(new AnnotatedMethod()).guarded()).isTrue();
    }

    @Test
    void leavesUnguardedListenersAlone() {
        assertThatNoException().isThrownBy(() -> check(new UnguardedBroadcasting()));
    }

    private static void refuses(Object listener, String reason) {
        assertThatExceptionOfType(InvalidConfigurationException.class).isThrownBy(() -> check(listener))
            .withMessageContaining(reason)
            .withMessageContaining("consumer group 'g'");
    }

    private static void check(Object listener) {
        new ListenerLint(Containers.describe(listener)).check();
    }

    private static Object proxy(Object target, boolean subclass) {
        ProxyFactory factory = new ProxyFactory(target);
        factory.setProxyTargetClass(subclass);
        return factory.getProxy();
    }

    interface Sub<T> extends RocketMQListener<T> {

    }

    @IdempotentConsumer
    @RocketMQMessageListener(consumerGroup = "g", topic = "t")
    static class Plain implements RocketMQListener<String> {

        @Override
        public void onMessage(String message) {
        }

    }

    @IdempotentConsumer
    @RocketMQMessageListener(consumerGroup = "g", topic = "t")
    static class Raw implements RocketMQListener<MessageExt> {

        @Override
        public void onMessage(MessageExt message) {
        }

    }

    @IdempotentConsumer
    @RocketMQMessageListener(consumerGroup = "g", topic = "t", messageModel = MessageModel.BROADCASTING)
    static class Broadcasting extends Plain {

    }

    @RocketMQMessageListener(consumerGroup = "g", topic = "t", messageModel = MessageModel.BROADCASTING)
    static class UnguardedBroadcasting implements RocketMQListener<String> {

        @Override
        public void onMessage(String message) {
        }

    }

    @IdempotentConsumer
    @RocketMQMessageListener(consumerGroup = "g", topic = "t")
    static class Replying implements RocketMQReplyListener<String, String> {

        @Override
        public String onMessage(String message) {
            return message;
        }

    }

    @IdempotentConsumer
    @RocketMQMessageListener(consumerGroup = "g", topic = "t")
    static class AsyncMethod implements RocketMQListener<String> {

        @Async
        @Override
        public void onMessage(String message) {
        }

    }

    @Async
    @IdempotentConsumer
    @RocketMQMessageListener(consumerGroup = "g", topic = "t")
    static class AsyncClass extends Plain {

    }

    @IdempotentConsumer
    @RocketMQMessageListener(consumerGroup = "g", topic = "t")
    static class TakesObject implements RocketMQListener<Object> {

        @Override
        public void onMessage(Object message) {
        }

    }

    @IdempotentConsumer
    @RocketMQMessageListener(consumerGroup = "g", topic = "t")
    static class ThroughInterface implements Sub<String> {

        @Override
        public void onMessage(String message) {
        }

    }

    @IdempotentConsumer
    @RocketMQMessageListener(consumerGroup = "g", topic = "t")
    static class FinalMethod implements RocketMQListener<String> {

        @Override
        public final void onMessage(String message) {
        }

    }

    @RocketMQMessageListener(consumerGroup = "g", topic = "t")
    static class AnnotatedMethod implements RocketMQListener<String> {

        @Override
        @IdempotentConsumer
        public void onMessage(String message) {
        }

    }

}
