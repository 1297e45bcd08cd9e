// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// docs/features.md claims what a test proves: each row either names tests that exist, or says "not
/// yet" and names none.
class FeaturesPageTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern NAMED = Pattern.compile("`(\\w+)(?:#(\\w+))?`");

    private record Row(String feature, String fullnat, String tests) {}

    private static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        for (String line : Files.readAllLines(ROOT.resolve("docs").resolve("features.md"))) {
            String[] cells = line.split("\\|", -1);
            if (cells.length == 6
                    && !line.startsWith("|---")
                    && !cells[3].strip().equals("fullnat")) {
                rows.add(new Row(cells[1].strip(), cells[3].strip(), cells[4].strip()));
            }
        }
        return rows;
    }

    /// The sources of tests by simple name. Builds are not looked into.
    private static Map<String, Path> sources() throws IOException {
        Map<String, Path> sources = new HashMap<>();
        Files.walkFileTree(
                ROOT,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path directory, BasicFileAttributes attributes) {
                        String name = directory.getFileName().toString();
                        return name.equals("target") || name.equals(".git")
                                ? FileVisitResult.SKIP_SUBTREE
                                : FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        String name = file.getFileName().toString();
                        if (name.endsWith("Test.java") || name.endsWith("IT.java")) {
                            sources.put(name.replace(".java", ""), file);
                        }
                        return FileVisitResult.CONTINUE;
                    }
                });
        return sources;
    }

    @Test
    void eachRowNamesTestsThatExistOrSaysNotYet() throws IOException {
        Map<String, Path> sources = sources();
        List<String> wrong = new ArrayList<>();
        List<Row> rows = rows();
        for (Row row : rows) {
            List<MatchResult> named = NAMED.matcher(row.tests()).results().toList();
            if (row.fullnat().startsWith("not yet")) {
                if (!row.tests().isEmpty()) {
                    wrong.add(row.feature() + ": not yet, but a test is named");
                }
                continue;
            }
            if (named.isEmpty()) {
                wrong.add(row.feature() + ": no test is named");
            }
            for (MatchResult test : named) {
                Path source = sources.get(test.group(1));
                if (source == null) {
                    wrong.add(row.feature() + ": there is no " + test.group(1));
                } else if (test.group(2) != null
                        && !Files.readString(source).contains("void " + test.group(2) + "(")) {
                    wrong.add(row.feature() + ": there is no " + test.group());
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(rows).hasSizeGreaterThan(60);
    }
}
