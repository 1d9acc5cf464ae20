package io.reliablemq.autoconfigure;

import java.util.stream.Stream;

import javax.sql.DataSource;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.reliablemq.idempotency.IdempotencyMode;
import io.reliablemq.idempotency.IdempotencyStoreType;
import io.reliablemq.idempotency.IdempotentConsumer;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.spring.annotation.MessageModel;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQReplyListener;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.scheduling.annotation.Async;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * What would lose or double messages ends the start, before any container is started:
 * there is no name server, and none is asked.
 */
class ListenerLintTests {

    private final ApplicationContextRunner application = Applications.withDatabase()
        .withPropertyValues("reliable-mq.id.worker-id=1");

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void refuses(Class<?> listener, String what, String instead) {
        this.application.withBean(listener)
            .run((context) -> assertThat(Messages.of(context.getStartupFailure())).contains(what, instead)
                .contains(listener.getSimpleName()));
    }

    static Stream<Arguments> refuses() {
        return Stream.of(arguments(Broadcasting.class, "consumes in BROADCASTING mode", "Use CLUSTERING"),
                arguments(Replying.class, "is a RocketMQReplyListener", "use a RocketMQListener"),
                arguments(NewTransaction.class, "leaves the guard's transaction (REQUIRES_NEW",
                        "Use plain @Transactional"),
                arguments(SuspendedTransaction.class, "leaves the guard's transaction", "mode = IdempotencyMode.LEASE"),
                arguments(ReadOnlyTransaction.class, "is read-only", "Use plain @Transactional"),
                arguments(OtherManager.class, "uses the transaction manager 'elsewhere'", "Use plain @Transactional"),
                arguments(Asynchronous.class, "is @Async", "Remove @Async"),
                arguments(Indirect.class, "takes java.lang.Object", "Declare RocketMQListener<YourType>"),
                arguments(FinalOnProxy.class, "its onMessage is final", "Remove final"),
                arguments(WithoutContainer.class, "has @IdempotentConsumer but no listener container",
                        "Annotate its class with @RocketMQMessageListener"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void refusesTheSettingsOf(Class<?> listener, String what, String instead) {
        this.application.withBean(listener)
            .run((context) -> assertThat(Messages.of(context.getStartupFailure())).contains(what, instead)
                .contains("'lint'"));
    }

    static Stream<Arguments> refusesTheSettingsOf() {
        return Stream.of(arguments(UnreadableKey.class, "cannot be read", "for example #payload.orderId"),
                arguments(UnknownVariable.class, "uses #order, which does not exist", "#payload, #message or #headers"),
                arguments(UnknownProperty.class, "uses the property orderId", "which " + Order.class.getName()),
                arguments(NoDuration.class, "@IdempotentConsumer(lease = \"soon\")", "Write a number with a unit"),
                arguments(NoRedis.class, "there is no REDIS idempotency store", "spring.data.redis.*"),
                arguments(InBatches.class, "batch of consumer group 'lint' is 2000", "from 1 to 1024"),
                arguments(ForADay.class, "retention of consumer group 'lint' is PT24H",
                        "reliable-mq.idempotency.allow-short-retention=true"),
                arguments(UnknownManager.class, "there is no transaction manager 'nobody'", "Use one of"));
    }

    @Test
    void refusesSeveralManagersOfOneDataSource() {
        this.application.withBean(Sound.class)
            .withUserConfiguration(TwoManagers.class)
            .run((context) -> assertThat(Messages.of(context.getStartupFailure()))
                .contains("several transaction managers begin transactions on the store's DataSource: [first, second]")
                .contains("@IdempotentConsumer(transactionManager ="));
    }

    @Test
    void refusesAManagerOfAnotherDataSource() {
        this.application.withBean(Sound.class)
            .withPropertyValues("reliable-mq.listeners.lint.idempotency.transaction-manager=other")
            .withBean("other", DataSourceTransactionManager.class,
                    () -> new DataSourceTransactionManager(org.mockito.Mockito.mock(DataSource.class)))
            .run((context) -> assertThat(Messages.of(context.getStartupFailure()))
                .contains("the transaction manager 'other' does not begin transactions on the store's DataSource"));
    }

    @Test
    void refusesALeaseOnlyStoreForATransactionalListener() {
        Applications.withRocketMQ()
            .withPropertyValues("reliable-mq.id.worker-id=1", "reliable-mq.idempotency.mode=transactional")
            .withBean(org.springframework.data.redis.connection.RedisConnectionFactory.class,
                    () -> org.mockito.Mockito
                        .mock(org.springframework.data.redis.connection.RedisConnectionFactory.class))
            .withBean(Sound.class)
            .run((context) -> assertThat(Messages.of(context.getStartupFailure()))
                .contains("asks for TRANSACTIONAL mode, but its records are kept in REDIS")
                .contains("store = JDBC"));
    }

    @Test
    void refusesAGuardedListenerWithoutAStore() {
        Applications.withRocketMQ()
            .withPropertyValues("reliable-mq.id.worker-id=1")
            .withBean(Sound.class)
            .run((context) -> assertThat(Messages.of(context.getStartupFailure()))
                .contains("Consumer group 'lint' is to be idempotent, but there is no idempotency store")
                .contains("Configure a DataSource"));
    }

    @Test
    void refusesAKeyThatMatchesNoListener() {
        this.application.withBean(Sound.class)
            .withPropertyValues("reliable-mq.listeners.[lint_2].threads=3")
            .run((context) -> assertThat(Messages.of(context.getStartupFailure()))
                .contains("reliable-mq.listeners.lint_2 matches no listener")
                .contains("This application's groups are [lint]"));
    }

    @Test
    void refusesTwoKeysForOneGroup() {
        this.application
            .withPropertyValues("reliable-mq.listeners.[lint_2].threads=3", "reliable-mq.listeners.[LINT-2].threads=3")
            .run((context) -> assertThat(Messages.of(context.getStartupFailure()))
                .contains("two keys for one consumer group")
                .contains("Keep one of them"));
    }

    @Test
    void refusesTwoSubscriptionsOfOneGroup() {
        this.application.withBean(Sound.class)
            .withBean(OtherTopic.class)
            .run((context) -> assertThat(Messages.of(context.getStartupFailure()))
                .contains("share the consumer group 'lint' but subscribe to different things")
                .contains("[orders TAG *, payments TAG *]")
                .contains("Give each of them a consumer group of its own"));
    }

    /** Not by what is printed: whoever was first in this JVM has the console. */
    @Test
    void warnsOfABatchWhoseTransactionsMayTakeTooLong() {
        Logger logger = (Logger) LoggerFactory.getLogger("io.reliablemq.rocketmq.listener.BatchRules");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.setLevel(Level.WARN);
        logger.addAppender(lines);
        try {
            this.application.withBean(Sound.class)
                .withUserConfiguration(PatientManager.class)
                .withPropertyValues("reliable-mq.listeners.lint.batch=32")
                .run((context) -> assertThat(lines.list).extracting(ILoggingEvent::getFormattedMessage)
                    .singleElement(InstanceOfAssertFactories.STRING)
                    .contains(
                            "Consumer group 'lint' has a batch of 32, and its transaction manager lets each transaction take PT30S"));
        }
        finally {
            logger.detachAppender(lines);
            logger.setLevel(null);
        }
    }

    @ParameterizedTest
    @MethodSource
    void startsTheContainerOf(Class<?> listener, String[] properties) {
        this.application.withBean(listener)
            .withPropertyValues(properties)
            .run((context) -> assertThat(Messages.of(context.getStartupFailure()))
                .as("only the missing name server ends this start")
                .contains("connect to 127.0.0.1:1 failed"));
    }

    static Stream<Arguments> startsTheContainerOf() {
        return Stream.of(arguments(Sound.class, new String[0]),
                arguments(Sound.class, new String[] { "reliable-mq.listeners.l-i-n-t.threads=3" }),
                arguments(Sound.class, new String[] { "reliable-mq.listeners.[LINT].retry.max-attempts=3" }),
                arguments(ForADay.class, new String[] { "reliable-mq.idempotency.allow-short-retention=true" }),
                arguments(ForADay.class, new String[] { "reliable-mq.listeners.lint.idempotency.retention=30d" }),
                arguments(NewTransaction.class, new String[] { "reliable-mq.listeners.lint.idempotency.mode=lease" }),
                arguments(NoRedis.class, new String[] { "reliable-mq.listeners.lint.idempotency.store=jdbc" }));
    }

    @Configuration(proxyBeanMethods = false)
    static class TwoManagers {

        @Bean
        DataSourceTransactionManager first(DataSource dataSource) {
            return new DataSourceTransactionManager(dataSource);
        }

        @Bean
        DataSourceTransactionManager second(DataSource dataSource) {
            return new DataSourceTransactionManager(dataSource);
        }

    }

    @Configuration(proxyBeanMethods = false)
    static class PatientManager {

        @Bean
        DataSourceTransactionManager transactionManager(DataSource dataSource) {
            DataSourceTransactionManager manager = new DataSourceTransactionManager(dataSource);
            manager.setDefaultTimeout(30);
            return manager;
        }

    }

    record Order(String id) {

    }

    abstract static class OrderListener implements RocketMQListener<Order> {

        @Override
        public void onMessage(Order message) {
            throw new UnsupportedOperationException();
        }

    }

    @IdempotentConsumer
    @RocketMQMessageListener(topic = "orders", consumerGroup = "lint")
    static class Sound extends OrderListener {

    }

    @RocketMQMessageListener(topic = "payments", consumerGroup = "lint")
    static class OtherTopic extends OrderListener {

    }

    @IdempotentConsumer
    @RocketMQMessageListener(topic = "orders", consumerGroup = "lint", messageModel = MessageModel.BROADCASTING)
    static class Broadcasting extends OrderListener {

    }

    @IdempotentConsumer
    @RocketMQMessageListener(topic = "orders", consumerGroup = "lint")
    static class Replying implements RocketMQReplyListener<Order, String> {

        @Override
        public String onMessage(Order message) {
            throw new UnsupportedOperationException();
        }

    }

    @IdempotentConsumer
    @RocketMQMessageListener(topic = "orders", consumerGroup = "lint")
    static class NewTransaction implements RocketMQListener<Order> {

        @Override
        @Transactional(propagation = Propagation.REQUIRES_NEW)
        public void onMessage(Order message) {
            throw new UnsupportedOperationException();
        }

    }

    @IdempotentConsumer
    @Transactional(propagation = Propagation.NOT_SUPPORTED)
    @RocketMQMessageListener(topic = "orders", consumerGroup = "lint")
    static class SuspendedTransaction implements RocketMQListener<MessageExt> {

        @Override
        public void onMessage(MessageExt message) {
            throw new UnsupportedOperationException();
        }

    }

    @IdempotentConsumer
    @Transactional(readOnly = true)
    @RocketMQMessageListener(topic = "orders", consumerGroup = "lint")
    static class ReadOnlyTransaction implements RocketMQListener<String> {

        @Override
        public void onMessage(String message) {
            throw new UnsupportedOperationException();
        }

    }

    @IdempotentConsumer
    @Transactional("elsewhere")
    @RocketMQMessageListener(topic = "orders", consumerGroup = "lint")
    static class OtherManager implements RocketMQListener<String> {

        @Override
        public void onMessage(String message) {
            throw new UnsupportedOperationException();
        }

    }

    @IdempotentConsumer
    @RocketMQMessageListener(topic = "orders", consumerGroup = "lint")
    static class Asynchronous implements RocketMQListener<String> {

        @Override
        @Async
        public void onMessage(String message) {
            throw new UnsupportedOperationException();
        }

    }

    interface Handler<T> extends RocketMQListener<T> {

    }

    @IdempotentConsumer
    @RocketMQMessageListener(topic = "orders", consumerGroup = "lint")
    static class Indirect implements Handler<Order> {

        @Override
        public void onMessage(Order message) {
            throw new UnsupportedOperationException();
        }

    }

    @IdempotentConsumer
    @Transactional
    @RocketMQMessageListener(topic = "orders", consumerGroup = "lint")
    static class FinalOnProxy implements RocketMQListener<String> {

        @Override
        public final void onMessage(String message) {
            throw new UnsupportedOperationException();
        }

    }

    @Component
    @IdempotentConsumer
    static class WithoutContainer {

    }

    @IdempotentConsumer(key = "#payload.")
    @RocketMQMessageListener(topic = "orders", consumerGroup = "lint")
    static class UnreadableKey extends OrderListener implements RocketMQListener<Order> {

    }

    @IdempotentConsumer(key = "#order.id")
    @RocketMQMessageListener(topic = "orders", consumerGroup = "lint")
    static class UnknownVariable extends OrderListener implements RocketMQListener<Order> {

    }

    @IdempotentConsumer(key = "#payload.orderId")
    @RocketMQMessageListener(topic = "orders", consumerGroup = "lint")
    static class UnknownProperty extends OrderListener implements RocketMQListener<Order> {

    }

    @IdempotentConsumer(lease = "soon")
    @RocketMQMessageListener(topic = "orders", consumerGroup = "lint")
    static class NoDuration extends OrderListener implements RocketMQListener<Order> {

    }

    @IdempotentConsumer(store = IdempotencyStoreType.REDIS, mode = IdempotencyMode.LEASE)
    @RocketMQMessageListener(topic = "orders", consumerGroup = "lint")
    static class NoRedis extends OrderListener implements RocketMQListener<Order> {

    }

    @IdempotentConsumer(batch = 2000)
    @RocketMQMessageListener(topic = "orders", consumerGroup = "lint")
    static class InBatches extends OrderListener implements RocketMQListener<Order> {

    }

    @IdempotentConsumer(retention = "1d")
    @RocketMQMessageListener(topic = "orders", consumerGroup = "lint")
    static class ForADay extends OrderListener implements RocketMQListener<Order> {

    }

    @IdempotentConsumer(transactionManager = "nobody")
    @RocketMQMessageListener(topic = "orders", consumerGroup = "lint")
    static class UnknownManager extends OrderListener implements RocketMQListener<Order> {

    }

}
