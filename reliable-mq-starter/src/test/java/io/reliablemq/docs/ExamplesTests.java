package io.reliablemq.docs;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The Java examples of the documents compile.
 */
class ExamplesTests {

    /** What the examples take for granted. */
    private static final String GIVEN = """
            import io.reliablemq.backlog.*;
            import io.reliablemq.concurrency.*;
            import io.reliablemq.degradation.*;
            import io.reliablemq.deadletter.*;
            import io.reliablemq.idempotency.*;
            import io.reliablemq.listener.*;
            import io.reliablemq.message.*;
            import io.reliablemq.producer.*;
            import io.reliablemq.reconcile.*;
            import io.reliablemq.reconcile.elasticjob.*;
            import io.reliablemq.test.*;
            import io.reliablemq.topic.*;
            import java.time.*;
            import java.util.*;
            import java.util.concurrent.*;
            import org.apache.rocketmq.spring.annotation.*;
            import org.apache.rocketmq.spring.core.*;
            import org.apache.shardingsphere.elasticjob.api.*;
            import org.apache.shardingsphere.elasticjob.lite.api.bootstrap.impl.*;
            import org.apache.shardingsphere.elasticjob.reg.base.*;
            import org.springframework.jdbc.core.*;
            import org.springframework.stereotype.*;
            import org.springframework.transaction.annotation.*;

            record OrderCreated(String orderId) { }
            record OrderPaid(String customerId, int points) { }
            record Order(String orderId) { }
            record Invoice(String number) { }
            interface Points { void add(String customer, int points); }
            interface Ledger { void credit(OrderCreated order); }
            interface Client { CompletionStage<Void> post(Order order); }

            abstract class Given {
                ReliableMQTemplate template, reliableMQTemplate;
                Order order;
                DeadLetters deadLetters;
                DeadLetterFilter filter;
                long id;
                IdempotencyGuard guard;
                String customer;
                ListenerControl listenerControl;
                Reconciler reconciler;
                Clock clock;
                CoordinatorRegistryCenter registryCenter;
                Topics topics;
                Ledger ledger;
                Points points;
                Client client;
                JdbcTemplate jdbc;
                abstract Invoice write(String customer);
                abstract Object[] row(Order order);
            }
            """;

    private static final Pattern TYPE = Pattern.compile("(?m)^(?:@\\w+.*\\n)*class (\\w+)(.*)\\{");

    static Stream<Document.Block> examples() {
        return Document.all().stream().flatMap((document) -> document.blocks("java").stream());
    }

    @ParameterizedTest
    @MethodSource("examples")
    void compiles(Document.Block example, @TempDir Path folder) throws IOException {
        assertThat(compile(source(example.text()), folder)).isEmpty();
    }

    private static String source(String example) {
        if (TYPE.matcher(example).find()) {
            return GIVEN.replace("interface Points ", "interface GivenPoints ")
                .replace(" Points points", " GivenPoints points")
                    + TYPE.matcher(example)
                        .replaceFirst((match) -> match.group()
                            .replace("class " + match.group(1), "abstract class " + match.group(1) + " extends Given"));
        }
        String body = example.strip().startsWith("@") ? example + "void example() { }"
                : "void example() throws Exception {\n" + example + "\n}";
        return GIVEN + "abstract class Example extends Given {\n" + body + "\n}\n";
    }

    private static List<String> compile(String source, Path folder) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
        JavaFileObject file = new SimpleJavaFileObject(URI.create("string:///Example.java"),
                JavaFileObject.Kind.SOURCE) {

            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }

        };
        compiler.getTask(
                new StringWriter(), null, problems, List.of("-proc:none", "-d",
                        Files.createDirectories(folder).toString(), "-cp", System.getProperty("java.class.path")),
                null, List.of(file))
            .call();
        return problems.getDiagnostics()
            .stream()
            .filter((problem) -> problem.getKind() == javax.tools.Diagnostic.Kind.ERROR)
            .map((problem) -> problem.getMessage(null))
            .toList();
    }

}
