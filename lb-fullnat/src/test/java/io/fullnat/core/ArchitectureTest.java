// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import io.fullnat.core.transmit.FaultLog;
import io.fullnat.core.transmit.FaultyClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What the modules cannot say about the balancer's parts.
@AnalyzeClasses(packages = "io.fullnat.core", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    private static final String ROOT = "io.fullnat.core";
    private static final Path PAGE = Path.of("../docs/architecture.md");

    /// Each may use those before it.
    private static final List<String> LAYERS =
            List.of(
                    "memory",
                    "address",
                    "set",
                    "limit",
                    "packet",
                    "capture",
                    "tap",
                    "cookie",
                    "transmit",
                    "connection",
                    "localport",
                    "flow",
                    "schedule",
                    "persistence",
                    "quic",
                    "service",
                    "stack",
                    "punt",
                    "translate",
                    "open",
                    "modify",
                    "path",
                    "worker",
                    "probe",
                    "health",
                    "control");

    /// Ports in memory and the simulated network stand beside the engine.
    private static final String[] BESIDE = {
        ROOT + ".memoryio..", ROOT + ".simulation..", ROOT + ".micrometer.."
    };

    private static String named(String layer) {
        return ROOT + "." + layer + "..";
    }

    @ArchTest static final ArchRule EACH_LAYER_USES_THOSE_BELOW_IT = layered();

    private static ArchRule layered() {
        CompositeArchRule rule =
                CompositeArchRule.of(
                        noClasses()
                                .that()
                                .resideOutsideOfPackage(ROOT)
                                .should()
                                .dependOnClassesThat()
                                .resideInAPackage(ROOT));
        for (int layer = 0; layer < LAYERS.size(); layer++) {
            String[] above =
                    LAYERS.subList(layer + 1, LAYERS.size()).stream()
                            .map(ArchitectureTest::named)
                            .toArray(String[]::new);
            if (above.length > 0) {
                rule =
                        rule.and(
                                noClasses()
                                        .that()
                                        .resideInAPackage(named(LAYERS.get(layer)))
                                        .should()
                                        .dependOnClassesThat()
                                        .resideInAnyPackage(above));
            }
        }
        return rule.because("packages are ordered " + String.join(" < ", LAYERS));
    }

    @ArchTest
    static final ArchRule EVERY_PACKAGE_HAS_ITS_PLACE =
            classes()
                    .should()
                    .resideInAnyPackage(places())
                    .because("a new package is to be given a place in the order");

    private static String[] places() {
        List<String> places = new ArrayList<>(List.of(BESIDE));
        places.add(ROOT);
        LAYERS.forEach(layer -> places.add(named(layer)));
        return places.toArray(String[]::new);
    }

    @ArchTest
    static final ArchRule NO_CYCLES = slices().matching(ROOT + ".(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule THE_ENGINE_KNOWS_NO_PARTICULAR_PORT =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(BESIDE)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(BESIDE);

    @ArchTest
    static final ArchRule PORTS_IN_MEMORY_NEED_LITTLE =
            noClasses()
                    .that()
                    .resideInAnyPackage(BESIDE)
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage(ROOT + "..")
                                    .and(
                                            DescribedPredicate.not(
                                                    resideInAnyPackage(
                                                            named("memory"),
                                                            named("packet"),
                                                            BESIDE[0],
                                                            BESIDE[1],
                                                            BESIDE[2]))));

    /// What is reached only when something has thrown that should not, or when an agent or its
    /// thread starts or ends.
    private static final DescribedPredicate<JavaClass> BESIDE_THE_PACKETS_WAY =
            belongToAnyOf(
                    FaultLog.class,
                    FaultyClock.class,
                    AgentThread.class,
                    RunnerAgent.class,
                    RunnerDrive.class);

    @ArchTest
    static final ArchRule THE_PACKETS_WAY_DOES_NOT_LOG =
            noClasses()
                    .that(
                            resideInAnyPackage(
                                            named("connection"),
                                            named("localport"),
                                            named("schedule"),
                                            named("stack"),
                                            named("transmit"))
                                    .and(DescribedPredicate.not(BESIDE_THE_PACKETS_WAY)))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("org.slf4j..", "java.lang.System.Logger..");

    private static final DescribedPredicate<JavaClass> THE_ENGINE =
            resideOutsideOfPackages(named("control"), named("health"), named("probe"))
                    .and(DescribedPredicate.not(resideInAnyPackage(BESIDE)))
                    .and(DescribedPredicate.not(BESIDE_THE_PACKETS_WAY));

    @ArchTest
    static final ArchRule ONLY_CONTROL_LOCKS =
            CompositeArchRule.of(
                            noClasses()
                                    .that(THE_ENGINE)
                                    .should()
                                    .dependOnClassesThat()
                                    .resideInAPackage("java.util.concurrent.locks.."))
                    .and(
                            methods()
                                    .that()
                                    .areDeclaredInClassesThat(THE_ENGINE)
                                    .should()
                                    .notHaveModifier(JavaModifier.SYNCHRONIZED));

    @ArchTest
    static final ArchRule NAMES_COME_FROM_THE_FIELD =
            noClasses()
                    .should()
                    .haveNameMatching(
                            ".*(Util|Utils|Manager|Impl|Helper|Lane|NextHops|Gossip|CardHash|BadLine|Wished\\w*)");

    @Test
    void thePageShowsThisOrder() throws IOException {
        String page = Files.readString(PAGE);
        int begin = page.indexOf("\n" + LAYERS.getFirst() + " → ");
        assertThat(begin).isPositive();
        String shown = page.substring(begin, page.indexOf("\nmemoryio", begin));
        List<String> expected = new ArrayList<>(LAYERS);
        expected.add("(root)");

        assertThat(shown.strip().split("\\s+→\\s+", -1)).containsExactlyElementsOf(expected);
    }
}
