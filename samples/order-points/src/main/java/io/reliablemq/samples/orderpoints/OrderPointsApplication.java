package io.reliablemq.samples.orderpoints;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * Runs the sample once and ends with exit code 0 if nothing was lost or doubled, else 1.
 */
@SpringBootApplication
public class OrderPointsApplication {

    public static void main(String[] args) {
        System.exit(SpringApplication.exit(SpringApplication.run(OrderPointsApplication.class, args)));
    }

}
