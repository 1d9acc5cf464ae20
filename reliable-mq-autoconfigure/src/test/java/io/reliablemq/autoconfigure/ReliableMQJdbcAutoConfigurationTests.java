package io.reliablemq.autoconfigure;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.List;

import javax.sql.DataSource;

import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.id.WorkerIdAllocator;
import io.reliablemq.idempotency.IdempotencyGuard;
import io.reliablemq.idempotency.IdempotencyStoreType;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.idempotency.TransactionalGuard;
import io.reliablemq.idempotency.jdbc.JdbcIdempotencyStore;
import io.reliablemq.idempotency.redis.RedisIdempotencyStore;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.listener.StoreBackend;
import io.reliablemq.retry.jdbc.JdbcAttemptStore;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link ReliableMQJdbcAutoConfiguration}.
 */
class ReliableMQJdbcAutoConfigurationTests {

    private final ApplicationContextRunner database = Applications.withDatabase();

    private final ApplicationContextRunner twoDatabases = Applications.withRocketMQ()
        .withUserConfiguration(TwoDataSources.class);

    @Test
    void keepsStateInTheDatabase() {
        this.database.run((context) -> {
            assertThat(context).hasNotFailed()
                .hasSingleBean(JdbcDatabase.class)
                .hasSingleBean(JdbcIdempotencyStore.class)
                .hasSingleBean(JdbcAttemptStore.class);
            StoreBackend backend = context.getBean(StoreBackend.class);
            assertThat(backend.type()).isEqualTo(IdempotencyStoreType.JDBC);
            assertThat(backend.dataSource()).isSameAs(context.getBean(DataSource.class));
        });
    }

    @Test
    void guardsInTheTransactionOfTheDatabase() {
        this.database.run((context) -> {
            JdbcTemplate jdbc = new JdbcTemplate(context.getBean(DataSource.class));
            jdbc.execute("CREATE TABLE effect (id INT)");
            RecordKey key = RecordKey.ofMessageId("group", 1);
            IdempotencyGuard guard = context.getBean(IdempotencyGuard.class);
            assertThatThrownBy(() -> guard.execute(key, 1, () -> {
                jdbc.update("INSERT INTO effect VALUES (1)");
                throw new IllegalStateException("no luck");
            })).hasMessage("no luck");
            assertThat(jdbc.queryForObject("SELECT COUNT(*) FROM effect", Integer.class)).isZero();
            for (int i = 0; i < 2; i++) {
                guard.execute(key, 1, () -> jdbc.update("INSERT INTO effect VALUES (1)"));
            }
            assertThat(jdbc.queryForObject("SELECT COUNT(*) FROM effect", Integer.class)).isOne();
        });
    }

    /** Otherwise the mode would be LEASE, and an effect could be doubled. */
    @Test
    void guardsInTheTransactionOfAParentContext() {
        new ApplicationContextRunner()
            .withConfiguration(BootLine
                .autoConfigurations(List.of(BootLine.DATA_SOURCE, BootLine.TRANSACTION_MANAGER, BootLine.TRANSACTIONS)))
            .withPropertyValues(Applications.newDatabase())
            .run((parent) -> Applications.withRocketMQ()
                .withParent(parent)
                .run((context) -> assertThat(context).hasNotFailed()
                    .getBean(IdempotencyGuard.class)
                    .extracting("guard")
                    .isInstanceOf(TransactionalGuard.class)));
    }

    @Test
    void backsOffWithoutSpringJdbc() {
        this.database.withPropertyValues("reliable-mq.id.worker-id=1")
            .withClassLoader(new FilteredClassLoader(JdbcOperations.class))
            .run((context) -> assertThat(context).hasNotFailed()
                .doesNotHaveBean(ReliableMQJdbcAutoConfiguration.class));
    }

    @Test
    void backsOffWithoutADataSource() {
        Applications.withRocketMQ()
            .withPropertyValues("reliable-mq.id.worker-id=1")
            .run((context) -> assertThat(context).hasNotFailed()
                .doesNotHaveBean(ReliableMQJdbcAutoConfiguration.class));
    }

    @Test
    void createsTheTablesInAnEmbeddedDatabase() {
        this.database.withPropertyValues("reliable-mq.jdbc.table-prefix=my_")
            .run((context) -> assertThat(rows(context.getBean(DataSource.class), "my_inbox")).isZero());
    }

    @Test
    void createsTheTablesInAnyDatabaseWhenAsked() {
        String file = System.getProperty("java.io.tmpdir") + "/reliable-mq-" + System.nanoTime();
        ApplicationContextRunner onDisk = this.database
            .withPropertyValues("spring.datasource.url=jdbc:h2:file:" + file);
        onDisk.run((context) -> assertThat(Messages.of(context.getStartupFailure()))
            .contains("The database lacks what reliable-mq needs"));
        onDisk.withPropertyValues("reliable-mq.jdbc.initialize-schema=always").run((context) -> {
            assertThat(context).hasNotFailed();
            new JdbcTemplate(context.getBean(DataSource.class)).execute("DROP ALL OBJECTS DELETE FILES");
        });
    }

    @Test
    void namesTheTablesThatAreMissing() {
        this.database.withPropertyValues("reliable-mq.jdbc.initialize-schema=never")
            .run((context) -> assertThat(Messages.of(context.getStartupFailure())).contains("table reliable_mq_inbox")
                .contains("table reliable_mq_attempt")
                .contains("Run classpath:io/reliablemq/jdbc/schema-h2.sql")
                .contains("reliable-mq.jdbc.initialize-schema: always"));
    }

    @Test
    void refusesAnUnsupportedDatabaseWithTheListOfTheOthers() {
        this.database.withBean(DataSource.class, ReliableMQJdbcAutoConfigurationTests::oracle)
            .run((context) -> assertThat(Messages.of(context.getStartupFailure()))
                .contains("The database 'Oracle' is not supported")
                .contains("Use H2, PostgreSQL, MariaDB or MySQL"));
    }

    @Test
    void leavesADatabaseAloneWhoseStateIsInRedis() {
        this.database.withBean(DataSource.class, ReliableMQJdbcAutoConfigurationTests::oracle)
            .withBean(RedisConnectionFactory.class, () -> mock(RedisConnectionFactory.class))
            .withPropertyValues("reliable-mq.idempotency.store=redis", "reliable-mq.id.worker-id=1")
            .run((context) -> {
                assertThat(context).hasNotFailed().hasSingleBean(RedisIdempotencyStore.class);
                assertThat(context).doesNotHaveBean(JdbcDatabase.class);
            });
    }

    @Test
    void refusesToChooseBetweenDataSources() {
        this.twoDatabases.run((context) -> assertThat(Messages.of(context.getStartupFailure()))
            .contains("The application has several DataSources and none is primary")
            .contains("effects", "reports")
            .contains("reliable-mq.jdbc.data-source"));
    }

    @Test
    void usesTheDataSourceThatIsNamed() {
        this.twoDatabases.withPropertyValues("reliable-mq.jdbc.data-source=effects").run((context) -> {
            assertThat(context).hasNotFailed();
            DataSource effects = context.getBean("effects", DataSource.class);
            assertThat(context.getBean(JdbcDatabase.class).dataSource()).isSameAs(effects);
            assertThat(rows(effects, "reliable_mq_inbox")).isZero();
            assertThatThrownBy(() -> rows(context.getBean("reports", DataSource.class), "reliable_mq_inbox"))
                .hasStackTraceContaining("not found");
        });
    }

    @Test
    void usesThePrimaryDataSource() {
        Applications.withRocketMQ()
            .withUserConfiguration(PrimaryDataSource.class)
            .run((context) -> assertThat(context.getBean(JdbcDatabase.class).dataSource())
                .isSameAs(context.getBean("first", DataSource.class)));
    }

    @Test
    void usesTheUsersStores() {
        DataSource dataSource = new DriverManagerDataSource("jdbc:h2:mem:own;DB_CLOSE_DELAY=-1");
        this.database.withBean(JdbcDatabase.class, () -> JdbcDatabase.detect(dataSource, Tables.defaults()))
            .withBean(MessageIdGenerator.class, () -> mock(MessageIdGenerator.class))
            .withBean(WorkerIdAllocator.class, () -> mock(WorkerIdAllocator.class))
            .run((context) -> {
                assertThat(context).hasNotFailed().hasSingleBean(JdbcDatabase.class);
                assertThat(context.getBean(StoreBackend.class).dataSource()).isSameAs(dataSource);
            });
    }

    private static int rows(DataSource dataSource, String table) {
        Integer count = new JdbcTemplate(dataSource).queryForObject("SELECT COUNT(*) FROM " + table, Integer.class);
        return (count != null) ? count : -1;
    }

    private static DataSource oracle() {
        try {
            DataSource dataSource = mock(DataSource.class);
            Connection connection = mock(Connection.class);
            DatabaseMetaData metaData = mock(DatabaseMetaData.class);
            given(dataSource.getConnection()).willReturn(connection);
            given(connection.getMetaData()).willReturn(metaData);
            given(metaData.getDatabaseProductName()).willReturn("Oracle");
            given(metaData.getDatabaseProductVersion()).willReturn("23");
            return dataSource;
        }
        catch (SQLException ex) {
            throw new IllegalStateException(ex);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class TwoDataSources {

        @Bean
        DataSource effects() {
            return new DriverManagerDataSource("jdbc:h2:mem:effects" + System.nanoTime() + ";DB_CLOSE_DELAY=-1");
        }

        @Bean
        DataSource reports() {
            return new DriverManagerDataSource("jdbc:h2:mem:reports" + System.nanoTime() + ";DB_CLOSE_DELAY=-1");
        }

        @Bean
        DataSourceTransactionManager effectsTransactions(@Qualifier("effects") DataSource effects) {
            return new DataSourceTransactionManager(effects);
        }

    }

    @Configuration(proxyBeanMethods = false)
    static class PrimaryDataSource {

        @Bean
        @Primary
        DataSource first() {
            return new DriverManagerDataSource("jdbc:h2:mem:first" + System.nanoTime() + ";DB_CLOSE_DELAY=-1");
        }

        @Bean
        DataSource second() {
            return new DriverManagerDataSource("jdbc:h2:mem:second" + System.nanoTime() + ";DB_CLOSE_DELAY=-1");
        }

    }

}
