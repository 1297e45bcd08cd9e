// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is published is checked as a whole: each exported package has a page, its public members
/// must be documented, and its API is compared.
class PublishedModulesTest {
    private static final Path ROOT = Path.of("..");

    private static Set<String> all(String regex, Path file) throws IOException {
        Set<String> found = new TreeSet<>();
        Pattern.compile(regex, Pattern.MULTILINE)
                .matcher(Files.readString(file))
                .results()
                .forEach(result -> found.addAll(List.of(result.group(1).split(",", -1))));
        return found;
    }

    @ParameterizedTest
    @ValueSource(strings = {"lb-api", "lb-testing", "lb-fullnat", "lb-dpdk-io"})
    void eachExportedPackageIsDocumentedAndCompared(String module) throws IOException {
        Path sources = ROOT.resolve(module).resolve("src/main/java");
        Path pom = ROOT.resolve(module).resolve("pom.xml");
        Set<String> exported = all("^    exports ([\\w.]+);", sources.resolve("module-info.java"));
        assertThat(exported).isNotEmpty();
        assertThat(all("<documented>([^<]+)</documented>", pom)).isEqualTo(exported);
        assertThat(all("<include>(io\\.[^<]+)</include>", pom)).isEqualTo(exported);
        for (String name : exported) {
            assertThat(sources.resolve(name.replace('.', '/')).resolve("package-info.java"))
                    .isRegularFile();
        }
    }

    @Test
    void theBillOfMaterialsListsWhatIsPublished() throws IOException {
        Set<String> published = new TreeSet<>();
        try (Stream<Path> folders = Files.list(ROOT)) {
            for (Path folder : folders.toList()) {
                Path pom = folder.resolve("pom.xml");
                if (Files.exists(pom) && Files.readString(pom).contains("<unpublished>false<")) {
                    published.add(folder.getFileName().toString());
                }
            }
        }
        Path bom = ROOT.resolve("bom").resolve("pom.xml");
        Set<String> listed =
                all("<artifactId>([^<]+)</artifactId><version>\\$\\{project.version\\}", bom);
        listed.add("bom");
        assertThat(published).isEqualTo(listed);
    }
}
