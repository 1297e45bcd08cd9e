// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The site of the pages and Javadoc can be made, and asks nobody for anything.
@Timeout(600)
@Tag("optimized")
class SiteTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final boolean REQUIRED = "required".equals(System.getProperty("network"));

    @TempDir Path folder;

    private record Result(int status, String said) {}

    private static Result run(String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("JARS", System.getProperty("java.class.path"));
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Result(process.waitFor(), said);
    }

    private Result check() throws IOException, InterruptedException {
        return run(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                ROOT.resolve("config/site/CheckLinks.java").toString(),
                folder.toString());
    }

    @Test
    void itsLinksHold() throws Exception {
        // Where network tests are required, so is what ./build installs for tests.
        assumeTrue(REQUIRED || Files.isExecutable(Path.of("/usr/bin/mkdocs")), "no mkdocs");
        Result made = run(ROOT.resolve("config/site.sh").toString(), folder.toString());
        assertThat(made.status()).as(made.said()).isZero();
        assertThat(made.said()).contains(" 0 faults");

        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            for (Path page : docs.filter(each -> each.toString().endsWith(".md")).toList()) {
                String name = ROOT.relativize(page).toString();
                Path shown =
                        folder.resolve(
                                name.endsWith("README.md")
                                        ? name.replace("README.md", "index.html")
                                        : name.replaceFirst("md$", "html"));
                assertThat(shown).exists();
            }
        }
        assertThat(folder.resolve("javadoc/io.fullnat.api/module-summary.html")).exists();
        assertThat(folder.resolve("search/search_index.json")).content().contains("docs/api.html");
        assertThat(
                        folder.resolve(
                                "lb-examples/embedded/src/main/java/io/fullnat/examples/EmbeddedBalancer.java.html"))
                .content()
                .contains("class=\"highlight\"");
    }

    @Test
    void eachKindOfFaultIsFound() throws Exception {
        Files.writeString(
                folder.resolve("good.html"),
                "<a href='other.html#there'>a</a> <a href=\"https://example.org/\">b</a> <code>&lt;a href=\"x\"&gt;</code>"
                        + "<script>var a = '<a href=\"nowhere.html\">'</script>");
        Files.writeString(
                folder.resolve("other.html"), "<p id=there><a href=\"good.html\">back</a>");
        assertThat(check().status()).isZero();

        List<String> faults =
                List.of(
                        "<a href=\"missing.html\">",
                        "<a href='other.html#elsewhere'>",
                        "<a href=#elsewhere>",
                        "<a href=\"../../escaped\">",
                        "<script src=\"https://example.org/a.js\"></script>",
                        "<script src=\"//example.org/a.js\"></script>",
                        "<link rel=\"stylesheet\" href=\"https://example.org/a.css\">",
                        "<img src=https://example.org/a.png>",
                        "<img srcset=\"other.html 1x, https://example.org/a.png 2x\">",
                        "<p style=\"background: url(https://example.org/a.png)\">",
                        "<style>@import 'https://example.org/a.css';</style>");
        for (int i = 0; i < faults.size(); i++) {
            Files.writeString(folder.resolve("bad" + i + ".html"), faults.get(i));
        }
        Result found = check();

        assertThat(found.status()).isEqualTo(1);
        assertThat(found.said()).contains(" " + faults.size() + " faults");
        for (int i = 0; i < faults.size(); i++) {
            assertThat(found.said()).as(faults.get(i)).containsOnlyOnce("bad" + i + ".html ");
        }
    }
}
