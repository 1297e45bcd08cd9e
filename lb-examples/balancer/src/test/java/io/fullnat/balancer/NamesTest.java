// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The names of classes, in the sources of all modules.
final class NamesTest {
    private static final Path LIBRARY = Path.of("../..");
    private static final Path PRODUCT = Path.of("..");
    private static final String POM = "pom.xml";

    /// Of a package, not of a class.
    private static final Set<String> DESCRIPTIONS = Set.of("package-info.java", "module-info.java");

    /// They name the words.
    private static final Set<String> RULES = Set.of("NamesTest.java", "ArchitectureTest.java");

    /// Names of classes for which the field has others (docs/glossary.md).
    private static final Pattern PRIVATE_CLASS =
            Pattern.compile(
                    "\\b(?:class|record|interface|enum) (\\w*(?:Town|Witness|Verdict|LeftOver|Occupant|HomeThread"
                            + "|NextHops|PortLane|Gossip|CardHash|BadLine|WishedState)\\w*)\\b");

    /// Names of methods and variables, and words of comments, likewise.
    private static final Pattern PRIVATE_WORD =
            Pattern.compile(
                    "\\b(strayed|passOn|sayNobodyHere|gossip|wished|touchAhead|hopLine|whoever)\\b",
                    Pattern.CASE_INSENSITIVE);

    private static List<Path> modules(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            List<Path> modules =
                    all.filter(each -> Files.exists(each.resolve(POM)))
                            .filter(each -> Files.isDirectory(each.resolve("src")))
                            .toList();
            assertThat(modules).hasSizeGreaterThan(2);
            return modules;
        }
    }

    private static List<Path> allModules() throws IOException {
        List<Path> modules = new ArrayList<>(modules(LIBRARY));
        modules.addAll(modules(PRODUCT));
        return modules;
    }

    private static List<Path> sources(Path module) throws IOException {
        try (Stream<Path> all = Files.walk(module.resolve("src"))) {
            return all.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !DESCRIPTIONS.contains(file.getFileName().toString()))
                    .toList();
        }
    }

    @Test
    void noModuleHasOneTwice() throws IOException {
        List<String> twice = new ArrayList<>();
        for (Path module : allModules()) {
            Set<String> seen = new HashSet<>();
            for (Path source : sources(module)) {
                String name = module.getFileName() + " " + source.getFileName();
                if (!seen.add(name)) {
                    twice.add(name);
                }
            }
        }
        assertThat(twice).isEmpty();
    }

    @Test
    void allModulesSpeakTheFieldsWords() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path module : allModules()) {
            for (Path source : sources(module)) {
                if (!RULES.contains(source.getFileName().toString())) {
                    String text = Files.readString(source);
                    Stream.of(PRIVATE_CLASS, PRIVATE_WORD)
                            .flatMap(words -> words.matcher(text).results())
                            .forEach(word -> found.add(source + " " + word.group(1)));
                }
            }
        }
        assertThat(found).isEmpty();
    }
}
