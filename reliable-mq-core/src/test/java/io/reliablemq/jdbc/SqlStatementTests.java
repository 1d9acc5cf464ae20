package io.reliablemq.jdbc;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import io.reliablemq.jdbc.SqlStatement.Binding;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class SqlStatementTests {

    private final SqlStatement insert = sql("INSERT INTO t (id, name, seen, data) VALUES (?, ?, ?, ?)");

    private final SqlStatement names = sql("SELECT name FROM t ORDER BY id");

    private final List<PreparedStatement> prepared = new ArrayList<>();

    private Connection connection;

    @BeforeEach
    void open() throws SQLException {
        Connection real = DriverManager.getConnection("jdbc:h2:mem:");
        this.connection = (Connection) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[] { Connection.class }, (proxy, method, arguments) -> {
                    Object result = method.invoke(real, arguments);
                    if (result instanceof PreparedStatement statement) {
                        this.prepared.add(statement);
                    }
                    return result;
                });
        sql("CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR, seen BIGINT, data VARBINARY)").update(this.connection,
                Binding.NONE);
    }

    @AfterEach
    void leavesNoStatementOpen() throws SQLException {
        for (PreparedStatement statement : this.prepared) {
            assertThat(statement.isClosed()).isTrue();
        }
        this.connection.close();
    }

    @Test
    void bindsInOrderAndReadsNulls() throws SQLException {
        this.insert.update(this.connection, (parameters) -> parameters.number(1).key("a").time(null).bytes(null));
        this.insert.update(this.connection,
                (parameters) -> parameters.number(2).text(null).time(Instant.ofEpochMilli(7)).bytes(new byte[1]));

        assertThat(sql("SELECT seen FROM t ORDER BY id").list(this.connection, Binding.NONE,
                (row) -> MessageColumns.time(row, 1)))
            .containsExactly(null, Instant.ofEpochMilli(7));
        assertThat(this.names.list(this.connection, Binding.NONE, (row) -> row.getString(1))).containsExactly("a",
                null);
        String first = this.names.first(this.connection, Binding.NONE, (row) -> row.getString(1));
        assertThat(first).isEqualTo("a");
        assertThat(sql("SELECT id FROM t WHERE id IN " + SqlStatement.marks(2)).number(this.connection,
                (parameters) -> parameters.numbers(List.of(3L, 4L))))
            .isNull();
    }

    @Test
    void saysWhetherARowWasInserted() throws SQLException {
        assertThat(this.insert.insert(this.connection, row(1))).isTrue();
        assertThat(this.insert.insert(this.connection, row(1))).isFalse();
    }

    @Test
    void throwsWhatIsNoDuplicate() {
        assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.insert.insert(this.connection,
                (parameters) -> parameters.text("no number").text("a").number(0L).bytes(null)));
    }

    @Test
    void runsABatch() throws SQLException {
        assertThat(this.insert.batch(this.connection, 2,
                (parameters, i) -> parameters.number(i).text("row " + i).number(0L).bytes(null)))
            .containsExactly(1, 1);
        assertThat(this.names.list(this.connection, Binding.NONE, (row) -> row.getString(1))).containsExactly("row 0",
                "row 1");
    }

    @Test
    void closesAStatementWhoseParametersCannotBeSet() {
        assertThatIllegalStateException().isThrownBy(() -> this.insert.update(this.connection, (parameters) -> {
            throw new IllegalStateException("no key");
        }));
    }

    private static Binding row(int id) {
        return (parameters) -> parameters.number(id).text("a").number(0L).bytes(null);
    }

    private static SqlStatement sql(String text) {
        return new SqlStatement(Dialect.H2, text);
    }

}
