// SPDX-License-Identifier: Apache-2.0
package io.fullnat.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionContext;

class SeedTest {
    private static final ExtensionContext NONE =
            (ExtensionContext)
                    Proxy.newProxyInstance(
                            ExtensionContext.class.getClassLoader(),
                            new Class<?>[] {ExtensionContext.class},
                            (proxy, method, arguments) -> {
                                throw new UnsupportedOperationException(method.getName());
                            });
    private static final Path ROOT = Path.of("..");

    /// What draws numbers from another source, or chooses a seed on its own.
    private static final Pattern OTHER_WAYS =
            Pattern.compile(
                    "new (Splittable|Secure)?Random\\(|RandomGenerator(Factory)?\\s*\\.\\s*(of|getDefault)\\("
                            + "|ThreadLocalRandom|Math\\.random|\"seed\"|randomUUID");

    @Test
    void isTheSameUnlessToldOtherwise() {
        assertThat(Seed.choose(null)).isEqualTo(Seed.choose("")).isEqualTo(20260101);
        assertThat(Seed.choose("-7")).isEqualTo(-7);
        assertThat(Seed.choose("random")).isNotEqualTo(Seed.choose("random"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Seed.choose("chance"))
                .withMessage("-Dseed=chance is neither a number nor \"random\"");
    }

    @Test
    void givesTheSameNumbersAgainAndOthersForOtherSalts() {
        assertThat(Seed.generator().nextLong()).isEqualTo(Seed.generator().nextLong());
        assertThat(Seed.generator(1).nextLong())
                .isEqualTo(Seed.generator(1).nextLong())
                .isNotEqualTo(Seed.generator().nextLong());
        assertThat(Seed.of(3)).isEqualTo(Seed.value() + 3);
    }

    @Test
    void isSaidByWhatFails() {
        Seed.generator();
        AssertionError failure = new AssertionError("it fails");

        // The handler asks nothing of the context.
        assertThatThrownBy(() -> new SeedOnFailure().handleTestExecutionException(NONE, failure))
                .isSameAs(failure);
        assertThat(failure.getSuppressed())
                .singleElement()
                .satisfies(
                        said -> assertThat(said).hasMessage("repeat with -Dseed=" + Seed.value()));
    }

    @Test
    void noTestOfAnyModuleHasAWayOfItsOwn() throws IOException {
        List<String> found = new ArrayList<>();
        List<Path> tests = new ArrayList<>();
        try (Stream<Path> all = Files.find(ROOT, 20, (path, about) -> isTest(path))) {
            tests.addAll(all.toList());
        }
        assertThat(tests).as("sources of tests").hasSizeGreaterThan(200);
        for (Path test : tests) {
            OTHER_WAYS
                    .matcher(Files.readString(test))
                    .results()
                    .forEach(way -> found.add(test + ": " + way.group()));
        }
        assertThat(found).as("tests draw numbers from Seed").isEmpty();
    }

    private static boolean isTest(Path path) {
        String name = path.toString().replace('\\', '/');
        return name.endsWith(".java")
                && name.contains("/src/test/java/")
                && !name.contains("/target/")
                && !name.endsWith("/SeedTest.java");
    }
}
