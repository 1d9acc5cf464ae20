package io.reliablemq;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.jspecify.annotations.NullMarked;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

@AnalyzeClasses(packages = "io.reliablemq",
        importOptions = { DoNotIncludeTests.class, ArchitectureTests.NotBesideThisTest.class })
class ArchitectureTests {

    private static final Map<String, String> SIDES = new ConcurrentHashMap<>();

    /** Its builder and {@code on(RocketMQTemplate)} name it. */
    private static final String TEMPLATE = "io\\.reliablemq\\.producer\\.ReliableMQTemplate(\\$Builder)?";

    /** The classes of the kit that use what the client does not promise to keep. */
    private static final Set<String> BEHIND_THE_CLIENT = Set.of("AdminChannel", "AsyncRequests", "BrokerChannel",
            "ConsumerInternals", "MessageChannel", "OffsetChannel", "ProducerInternals");

    @ArchTest
    static final ArchRule worksWithoutSpringBoot = noClasses().should()
        .dependOnClassesThat()
        .resideInAPackage("org.springframework.boot..");

    @ArchTest
    static final ArchRule keepsJdbcInItsPackages = noClasses().that()
        .resideOutsideOfPackage("..jdbc..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.sql..", "org.springframework.jdbc..");

    @ArchTest
    static final ArchRule keepsRedisInItsPackages = noClasses().that()
        .resideOutsideOfPackage("..redis..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.springframework.data.redis..", "io.lettuce..", "redis.clients..");

    @ArchTest
    static final ArchRule keepsRocketMQInItsPackage = noClasses().that()
        .resideOutsideOfPackage("..rocketmq..")
        .and()
        .haveNameNotMatching(TEMPLATE)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.rocketmq..");

    @ArchTest
    static final ArchRule letsTheTemplateKnowRocketMQOnlyByItsFactory = noClasses().that()
        .haveNameMatching(TEMPLATE)
        .should()
        .dependOnClassesThat(rocketMQOtherThanItsTemplate())
        .allowEmptyShould(true);

    @ArchTest
    static final ArchRule hasNoPackageCycles = slices().matching("io.reliablemq.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule hasNoCyclesAmongTheRoomsOfRocketMQ = slices().matching("io.reliablemq.rocketmq.(*)..")
        .should()
        .beFreeOfCycles();

    @ArchTest
    static final ArchRule keepsTheKitBelowItsRooms = noClasses().that()
        .resideInAPackage("io.reliablemq.rocketmq")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.reliablemq.rocketmq.*..");

    @ArchTest
    static final ArchRule reachesBehindTheClientInNamedClassesOnly = noClasses().that(doNotReachBehindTheClient())
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.rocketmq.client.impl..")
        .orShould()
        .callMethodWhere(
                target(nameMatching("get(m[Qq]ClientFactory|MqClientFactory|MQClientAPIImpl|DefaultMQ.*Impl)")));

    @ArchTest
    static final ArchRule namesPackagesByFeature = noClasses().should()
        .resideInAnyPackage("..util..", "..utils..", "..common..", "..helper..", "..impl..", "..manager..");

    @ArchTest
    static final ArchRule namesTypesByWhatTheyAre = noClasses().that()
        .arePublic()
        .should()
        .haveNameMatching(".*(Impl|Helper|Utils?)");

    @ArchTest
    static final ArchRule takesTheTimeFromAClock = noClasses().should()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(Instant.class, "now");

    /** API, SPI or internal: first word of the first line. */
    @ArchTest
    static final ArchRule saysOnWhichSideOfTheBorderAPackageIs = classes().should(resideInAPackageOfAKnownSide());

    @ArchTest
    static final ArchRule marksInternalTypesOnlyAmongOthers = noClasses().that()
        .areAnnotatedWith(Internal.class)
        .should(resideInAPackageThatIs("internal"));

    @ArchTest
    static final ArchRule showsNoInternalTypeInTheApi = methods().that()
        .arePublic()
        .and()
        .areDeclaredInClassesThat(areForUsers())
        .should(showOnlyWhatIsForUsers());

    @ArchTest
    static final ArchRule saysWhatAPackageIsForAndMarksNulls = classes().should(resideInANullMarkedPackage());

    private static DescribedPredicate<JavaClass> doNotReachBehindTheClient() {
        return DescribedPredicate.describe("are none of " + BEHIND_THE_CLIENT,
                (type) -> !type.getPackageName().equals("io.reliablemq.rocketmq") || !BEHIND_THE_CLIENT
                    .contains(type.getFullName().substring("io.reliablemq.rocketmq.".length()).split("\\$", 2)[0]));
    }

    private static DescribedPredicate<JavaClass> rocketMQOtherThanItsTemplate() {
        return DescribedPredicate.describe("reside in org.apache.rocketmq and are not RocketMQTemplate",
                (type) -> type.getPackageName().startsWith("org.apache.rocketmq")
                        && !type.getSimpleName().equals("RocketMQTemplate"));
    }

    private static DescribedPredicate<JavaClass> areForUsers() {
        return DescribedPredicate.describe("are API or SPI", ArchitectureTests::isForUsers);
    }

    private static boolean isForUsers(JavaClass type) {
        for (JavaClass outer = type; outer != null; outer = outer.getEnclosingClass().orElse(null)) {
            if (!outer.getModifiers().contains(JavaModifier.PUBLIC) || outer.isAnnotatedWith(Internal.class)) {
                return false;
            }
        }
        return !side(type).equals("internal");
    }

    private static ArchCondition<JavaMethod> showOnlyWhatIsForUsers() {
        return new ArchCondition<>("have parameters and results that are for users") {

            @Override
            public void check(JavaMethod method, ConditionEvents events) {
                Stream.concat(method.getRawParameterTypes().stream(), Stream.of(method.getRawReturnType()))
                    .map(JavaClass::getBaseComponentType)
                    .filter((type) -> type.getPackageName().startsWith("io.reliablemq") && !isForUsers(type))
                    .forEach((type) -> events
                        .add(SimpleConditionEvent.violated(method, method.getFullName() + " shows " + type.getName())));
            }

        };
    }

    private static ArchCondition<JavaClass> resideInAPackageThatIs(String side) {
        return new ArchCondition<>("reside in a package that is " + side) {

            @Override
            public void check(JavaClass type, ConditionEvents events) {
                events.add(new SimpleConditionEvent(type, side(type).equals(side), type.getName()));
            }

        };
    }

    private static ArchCondition<JavaClass> resideInAPackageOfAKnownSide() {
        return new ArchCondition<>("reside in a package that says API, SPI or internal") {

            @Override
            public void check(JavaClass type, ConditionEvents events) {
                if (!Set.of("API", "SPI", "API and SPI", "internal").contains(side(type))) {
                    events.add(SimpleConditionEvent.violated(type, type.getPackageName() + " says " + side(type)));
                }
            }

        };
    }

    private static String side(JavaClass type) {
        return SIDES.computeIfAbsent(type.getPackageName(), (name) -> {
            try {
                String text = Files.readString(Path.of("src/main/java", name.replace('.', '/'), "package-info.java"));
                return text.substring(text.indexOf("* ") + 2, text.indexOf(':'));
            }
            catch (IOException ex) {
                throw new UncheckedIOException(ex);
            }
        });
    }

    private static ArchCondition<JavaClass> resideInANullMarkedPackage() {
        return new ArchCondition<>("reside in a package with @NullMarked in its package-info") {

            @Override
            public void check(JavaClass type, ConditionEvents events) {
                if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
                    events.add(SimpleConditionEvent.violated(type, type.getPackageName() + " has no @NullMarked"));
                }
            }

        };
    }

    /** Tests are no subject, wherever a build tool has put them. */
    static final class NotBesideThisTest implements ImportOption {

        private static final String TESTS = ArchitectureTests.class.getProtectionDomain()
            .getCodeSource()
            .getLocation()
            .toString();

        @Override
        public boolean includes(Location location) {
            return !location.asURI().toString().replace("file:///", "file:/").startsWith(TESTS);
        }

    }

}
