package io.reliablemq.id.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.UUID;

import io.reliablemq.id.WorkerIdUnavailableException;
import io.reliablemq.id.WorkerLease;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * What is particular to a database; the rest is the contract.
 */
class JdbcWorkerIdAllocatorTests {

    private static final long NOW = 1_800_000_000_000L;

    private final JdbcDataSource dataSource = new JdbcDataSource();

    private JdbcTemplate jdbc;

    private JdbcWorkerIdAllocator allocator;

    @BeforeEach
    void createTable() {
        this.dataSource.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        this.jdbc = new JdbcTemplate(this.dataSource);
        this.jdbc.execute("CREATE TABLE reliable_mq_worker (worker_id INT PRIMARY KEY, owner VARCHAR(255) NOT NULL,"
                + " limit_ms BIGINT NOT NULL)");
        this.allocator = new JdbcWorkerIdAllocator(this.dataSource, "reliable_mq_");
    }

    @Test
    void persistsTheLimitOfAClaim() {
        WorkerLease lease = this.allocator.claim(NOW, NOW + 100);
        assertThat(lease.previousLimit()).isZero();
        assertThat(lease.limit()).isEqualTo(NOW + 100);
        assertThat(limitOf(lease)).isEqualTo(NOW + 100);
    }

    @Test
    void lowersNoLimit() {
        WorkerLease lease = this.allocator.claim(NOW, NOW + 100);
        assertThat(this.allocator.extend(lease, NOW + 300)).isTrue();
        assertThat(this.allocator.extend(lease, NOW + 300)).isTrue();
        assertThat(this.allocator.extend(lease, NOW + 200)).isTrue();
        assertThat(limitOf(lease)).isEqualTo(NOW + 300);
    }

    @Test
    void tellsTheOwnerThatItsRowIsGone() {
        WorkerLease lease = this.allocator.claim(NOW, NOW + 50);
        this.jdbc.update("DELETE FROM reliable_mq_worker");
        assertThat(this.allocator.extend(lease, NOW + 500)).isFalse();
    }

    @Test
    void isNotPartOfTheCallersTransaction() {
        TransactionAwareDataSourceProxy proxy = new TransactionAwareDataSourceProxy(this.dataSource);
        JdbcWorkerIdAllocator allocator = new JdbcWorkerIdAllocator(proxy, "reliable_mq_");
        WorkerLease lease = new TransactionTemplate(new DataSourceTransactionManager(this.dataSource))
            .execute((status) -> {
                status.setRollbackOnly();
                return allocator.claim(NOW, NOW + 100);
            });
        assertThat(limitOf(lease)).isEqualTo(NOW + 100);
    }

    @Test
    void commitsOnAPoolWithoutAutoCommit() {
        DelegatingDataSource manual = new DelegatingDataSource(this.dataSource) {
            @Override
            public Connection getConnection() throws SQLException {
                Connection connection = super.getConnection();
                connection.setAutoCommit(false);
                return connection;
            }
        };
        WorkerLease lease = new JdbcWorkerIdAllocator(manual, "reliable_mq_").claim(NOW, NOW + 100);
        assertThat(limitOf(lease)).isEqualTo(NOW + 100);
    }

    @Test
    void saysWhatToDoWhenTheTableIsMissing() {
        this.jdbc.execute("DROP TABLE reliable_mq_worker");
        assertThatExceptionOfType(WorkerIdUnavailableException.class)
            .isThrownBy(() -> this.allocator.claim(NOW, NOW + 100))
            .withMessageContaining("reliable_mq_worker")
            .withMessageContaining("reliable-mq.id.worker-id");
    }

    @Test
    void refusesAPrefixThatIsNoName() {
        assertThatIllegalArgumentException().isThrownBy(() -> new JdbcWorkerIdAllocator(this.dataSource, "a;b"));
    }

    private long limitOf(WorkerLease lease) {
        return this.jdbc.queryForObject("SELECT limit_ms FROM reliable_mq_worker WHERE worker_id = ?", Long.class,
                lease.workerId());
    }

}
