package io.reliablemq.test.contract;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

import javax.sql.DataSource;

import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * Notes down each execution of a statement.
 */
final class CountingDataSource extends DelegatingDataSource {

    private final List<String> executed = new ArrayList<>();

    CountingDataSource(DataSource target) {
        super(target);
    }

    List<String> executed() {
        return List.copyOf(this.executed);
    }

    @Override
    public Connection getConnection() throws SQLException {
        return watch(Connection.class, super.getConnection());
    }

    private <T> T watch(Class<T> type, T target) {
        Object proxy = Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { type },
                (self, method, args) -> {
                    if (method.getName().startsWith("execute") && target instanceof Statement) {
                        this.executed.add(method.getName());
                    }
                    Object result;
                    try {
                        result = method.invoke(target, args);
                    }
                    catch (InvocationTargetException ex) {
                        throw ex.getCause();
                    }
                    if (result instanceof Statement statement
                            && Statement.class.isAssignableFrom(method.getReturnType())
                            && target instanceof Connection) {
                        return watch(asStatement(method.getReturnType()), statement);
                    }
                    return result;
                });
        return type.cast(proxy);
    }

    @SuppressWarnings("unchecked")
    private static Class<Statement> asStatement(Class<?> type) {
        return (Class<Statement>) type;
    }

}
