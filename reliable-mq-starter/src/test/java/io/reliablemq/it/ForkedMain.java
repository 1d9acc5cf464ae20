package io.reliablemq.it;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * An application in a JVM of its own. It answers questions on its standard input, and
 * ends with the JVM that asks.
 */
public final class ForkedMain {

    static final String ANSWER = ">> ";

    static final String READY = "ready";

    static final String CLOSE = "close";

    private ForkedMain() {
    }

    /**
     * Runs the application.
     * @param arguments the listener's class, then properties
     */
    public static void main(String[] arguments) throws Exception {
        String[] properties = Arrays.copyOfRange(arguments, 1, arguments.length);
        ConfigurableApplicationContext context = new SpringApplicationBuilder(EffectsApplication.class,
                Class.forName(arguments[0]))
            .web(WebApplicationType.NONE)
            .run(properties);
        answer(READY);
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String question = questions.readLine(); question != null; question = questions.readLine()) {
            if (question.equals(CLOSE)) {
                System.exit(SpringApplication.exit(context));
            }
            answer(Meters.counter(context.getBean(MeterRegistry.class), question));
        }
        Runtime.getRuntime().halt(1);
    }

    private static void answer(Object answer) {
        System.out.println(ANSWER + answer);
    }

}
