package io.reliablemq.benchmarks.memory;

import java.util.LinkedHashMap;
import java.util.Map;

import io.reliablemq.jdbc.MessageColumns;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Headers as the tables hold them.
 */
@State(Scope.Benchmark)
public class HeaderBenchmark {

    private final Map<String, String> headers = headers();

    private final String text = MessageColumns.format(this.headers);

    private static Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("contentType", "application/json");
        headers.put("RELIABLE_ID", "379286170664730624");
        headers.put("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        headers.put("region", "eu & us");
        return headers;
    }

    @Benchmark
    public String format() {
        return MessageColumns.format(this.headers);
    }

    @Benchmark
    public Map<String, String> parse() {
        return MessageColumns.parse(this.text);
    }

}
