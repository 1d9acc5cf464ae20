package io.reliablemq.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Gives a Spring test a real RocketMQ broker in its JVM.
 *
 * <pre class="code">
 * &#064;SpringBootTest
 * &#064;EmbeddedRocketMQ(topics = "orders:4", delayLevels = "1s 1s 1s 1s")
 * class OrdersTests {
 *
 *     &#064;Autowired
 *     EmbeddedRocketMQBroker broker;
 *
 * }
 * </pre>
 *
 * The broker runs before the application context is refreshed and until it is closed,
 * after its RocketMQ clients have stopped. {@code rocketmq.name-server} and
 * {@code reliable-mq.delay-levels} are set to the broker's and win over every other
 * source, and the broker is a bean. Test contexts that are open at the same time share a
 * broker if the attributes are equal: name topics and groups apart, or mark the test with
 * {@code @DirtiesContext}. Works with Spring Framework 6.2 and 7.0; the Spring
 * TestContext framework must be on the class path.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Documented
public @interface EmbeddedRocketMQ {

    /**
     * Topics that exist before the context starts.
     * @return names, each with the number of its queues after a colon if that isn't 4,
     * such as {@code "orders:8"}
     */
    String[] topics() default {};

    /**
     * Consumer groups that exist before the context starts. A group that the broker
     * doesn't know yet waits up to 30 seconds for its first redelivery.
     * @return names of groups
     */
    String[] consumerGroups() default {};

    /**
     * The broker's delay table.
     * @return whole numbers with s, m, h or d, separated by one blank each, level 1
     * first; a first redelivery waits for level 3, the last level serves all above it
     */
    String delayLevels() default EmbeddedRocketMQBroker.DEFAULT_DELAY_LEVELS;

}
