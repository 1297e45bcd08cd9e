// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Each class of the engine that is more than a few lines has a test of its package that knows it
/// by name, so that who changes it finds where to look. Records, interfaces and enums are left out.
class TestedClassesTest {
    /// Lines of code, without comments, imports and lone braces, that need no test of their own.
    private static final int FEW = 50;

    private static final Path MAIN = Path.of("src", "main", "java", "io", "fullnat", "core");
    private static final Path TESTS = Path.of("src", "test", "java", "io", "fullnat", "core");

    /// Classes of more lines than that which no test of their package names.
    private static List<String> unnamed() throws IOException {
        Map<String, String> tests = new TreeMap<>();
        for (Path file : files(TESTS)) {
            String path = TESTS.relativize(file).toString();
            if (path.endsWith("Test.java") && !path.equals("TestedClassesTest.java")) {
                tests.merge(folder(path), Files.readString(file), String::concat);
            }
        }
        List<String> unnamed = new ArrayList<>();
        for (Path file : files(MAIN)) {
            String path = MAIN.relativize(file).toString().replace(".java", "");
            String name = path.substring(path.lastIndexOf('/') + 1);
            String source = Files.readString(file);
            String others = tests.getOrDefault(folder(path), "");
            if (lines(source) > FEW
                    && isFound("(?m)^[a-z ]*\\bclass " + name + "\\b", source)
                    && !isFound("\\b" + name + "\\b", others)) {
                unnamed.add(path);
            }
        }
        return unnamed;
    }

    private static boolean isFound(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).find();
    }

    private static List<Path> files(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(file -> file.toString().endsWith(".java")).sorted().toList();
        }
    }

    private static String folder(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }

    private static long lines(String source) {
        return source.lines()
                .map(String::strip)
                .filter(line -> line.length() > 1)
                .filter(line ->
                        !line.startsWith("//")
                                && !line.startsWith("import ")
                                && !line.startsWith("package "))
                .count();
    }

    @Test
    void eachClassIsNamedByATestOfItsPackage() throws IOException {
        assertThat(unnamed()).as("classes without a test in their package").isEmpty();
    }
}
