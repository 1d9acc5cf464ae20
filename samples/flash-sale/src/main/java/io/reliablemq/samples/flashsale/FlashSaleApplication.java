package io.reliablemq.samples.flashsale;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/**
 * Runs the sale once and ends with exit code 0 if nothing was lost or doubled, else 1.
 */
@SpringBootApplication
public class FlashSaleApplication {

    @Bean
    SimpleMeterRegistry meters() {
        return new SimpleMeterRegistry();
    }

    public static void main(String[] args) {
        System.exit(SpringApplication.exit(SpringApplication.run(FlashSaleApplication.class, args)));
    }

}
