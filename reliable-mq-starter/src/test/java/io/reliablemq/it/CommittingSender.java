package io.reliablemq.it;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

import javax.sql.DataSource;

import io.reliablemq.message.ReliableMessage;
import io.reliablemq.outbox.OutboxOutcome;
import io.reliablemq.outbox.OutboxStore;
import io.reliablemq.producer.ReliableMQTemplate;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.ApplicationRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Writes orders and sends their events in the same transactions, some of which it rolls
 * back, until it comes to its {@link CrashPoint}; there it says so and waits.
 */
@Configuration
class CommittingSender {

    static final String REACHED = "reached";

    private static final int TRANSACTIONS = 40;

    /** So many go well before. */
    private static final int GOOD = 10;

    private final CrashPoint point;

    private volatile int transactions;

    /** One row is enough, and its lock keeps a connection. */
    private final AtomicBoolean locked = new AtomicBoolean();

    CommittingSender(Environment environment) {
        this.point = environment.getRequiredProperty("sending.crash-point", CrashPoint.class);
    }

    private boolean isAt(CrashPoint reached) {
        return this.point == reached && this.transactions > GOOD;
    }

    private static void waitToBeKilled() {
        System.out.println(ForkedMain.ANSWER + REACHED);
        try {
            new CountDownLatch(1).await();
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    @Bean
    static BeanPostProcessor stoppingOutbox(DataSource dataSource, CommittingSender sender) {
        return new BeanPostProcessor() {

            @Override
            public Object postProcessAfterInitialization(Object bean, String name) {
                return (bean instanceof OutboxStore store) ? sender.stopping(store, dataSource) : bean;
            }

        };
    }

    private OutboxStore stopping(OutboxStore store, DataSource dataSource) {
        return new StoppingOutboxStore(store) {

            @Override
            void claimed() {
                if (isAt(CrashPoint.AFTER_CLAIM)) {
                    waitToBeKilled();
                }
            }

            @Override
            void marking(List<OutboxOutcome> sent) {
                if (isAt(CrashPoint.BEFORE_MARK)) {
                    waitToBeKilled();
                }
                if (isAt(CrashPoint.IN_MARK) && sent.size() > 1
                        && CommittingSender.this.locked.compareAndSet(false, true)) {
                    lock(dataSource, sent.get(sent.size() - 1).entry().rowId());
                    System.out.println(ForkedMain.ANSWER + REACHED);
                }
            }

        };
    }

    /** The mark that follows gets as far as this row. */
    private static void lock(DataSource dataSource, long rowId) {
        try {
            Connection connection = dataSource.getConnection();
            connection.setAutoCommit(false);
            connection.createStatement()
                .executeQuery("SELECT row_id FROM reliable_mq_outbox WHERE row_id = " + rowId + " FOR UPDATE");
        }
        catch (SQLException ex) {
            throw new IllegalStateException(ex);
        }
    }

    @Bean
    ApplicationRunner sending(ReliableMQTemplate template, JdbcTemplate jdbc, PlatformTransactionManager manager,
            Environment environment) {
        String topic = environment.getRequiredProperty("effects.topic");
        TransactionTemplate transaction = new TransactionTemplate(manager);
        return (arguments) -> {
            for (int number = 1; number <= TRANSACTIONS; number++) {
                this.transactions = number;
                String order = "o-" + number;
                boolean good = number % 4 != 0;
                transaction.executeWithoutResult((status) -> {
                    stopAfterCommit();
                    for (String event : List.of("created", "paid", "shipped")) {
                        String key = (good ? "" : "ghost-") + order + "-" + event;
                        jdbc.update("INSERT INTO orders (message_key) VALUES (?)", key);
                        template.send(topic, key);
                    }
                    String inOrder = (good ? "" : "ghost-") + order + "-in-order";
                    jdbc.update("INSERT INTO orders (message_key) VALUES (?)", inOrder);
                    template.send(ReliableMessage.to(topic).payload(inOrder).orderingKey("customer").build());
                    if (!good) {
                        status.setRollbackOnly();
                    }
                });
            }
        };
    }

    private void stopAfterCommit() {
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

            @Override
            public int getOrder() {
                return Ordered.HIGHEST_PRECEDENCE;
            }

            @Override
            public void afterCommit() {
                if (isAt(CrashPoint.AFTER_COMMIT)) {
                    waitToBeKilled();
                }
            }

        });
    }

}
