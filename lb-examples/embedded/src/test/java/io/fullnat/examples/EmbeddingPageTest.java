// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.examples.OwnJvm.Ended;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/// docs/embedding.md shows what is compiled and run: its Java is that of [Embedding], [CountingIo]
/// and [CountingIoContractTest], its flags and its manifest start JVMs.
final class EmbeddingPageTest {
    private static final Path PAGE = Path.of("../../docs/embedding.md");
    private static final Path SOURCES = Path.of("src/test/java/io/fullnat/examples");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)\\n```$");
    private static final Pattern SNIPPET =
            Pattern.compile("(?ms)^ *// begin of (\\w+)\\n(.*?)\\n *// end of \\1$");

    @TempDir Path folder;

    private static List<String> blocks(String language) throws Exception {
        Matcher matcher = BLOCK.matcher(Files.readString(PAGE));
        List<String> blocks = new ArrayList<>();
        while (matcher.find()) {
            if (matcher.group(1).equals(language)) {
                blocks.add(matcher.group(2));
            }
        }
        assertThat(blocks).as("blocks of \"%s\"", language).isNotEmpty();
        return blocks;
    }

    private static Stream<String> snippets(String file) {
        try {
            return SNIPPET.matcher(Files.readString(SOURCES.resolve(file)))
                    .results()
                    .map(found -> found.group(2).stripTrailing().stripIndent());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void itsJavaIsThatOfTheTests() throws Exception {
        List<String> tested =
                Stream.of("Embedding.java", "CountingIo.java", "CountingIoContractTest.java")
                        .flatMap(EmbeddingPageTest::snippets)
                        .toList();

        assertThat(blocks("java")).containsExactlyElementsOf(tested).hasSize(12);
    }

    private static List<String> flags() throws Exception {
        List<String> flags =
                Pattern.compile("--\\S+")
                        .matcher(
                                blocks("sh").stream()
                                        .filter(block -> block.startsWith("java "))
                                        .findFirst()
                                        .orElseThrow())
                        .results()
                        .map(found -> found.group())
                        .toList();
        assertThat(flags).hasSize(2);
        return flags;
    }

    private static Map<String, String> manifest() throws Exception {
        Map<String, String> entries = new LinkedHashMap<>();
        blocks("")
                .getFirst()
                .lines()
                .forEach(line -> {
                    String[] parts = line.split(": ", -1);
                    entries.put(parts[0], parts[1]);
                });
        return entries;
    }

    @Test
    void itsFlagsStartABalancer() throws Exception {
        Ended ended = OwnJvm.run(flags(), EmbeddedBalancer.class);

        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(ended.out()).endsWith("203.0.113.101\n");
        assertThat(ended.err()).doesNotContain("WARNING");
    }

    @Test
    void itsFlagsWorkInTheEnvironment() throws Exception {
        Ended ended =
                OwnJvm.run(
                        Map.of("JAVA_TOOL_OPTIONS", String.join(" ", flags())),
                        List.of(
                                "-cp",
                                System.getProperty("java.class.path"),
                                EmbeddedBalancer.class.getName()));

        assertThat(ended.status()).as(ended.err()).isZero();
    }

    @Test
    void itsManifestNeedsNoFlag() throws Exception {
        Path jar = folder.resolve("app.jar");
        OwnJvm.fatJar(jar, EmbeddedBalancer.class, manifest());

        Ended ended = OwnJvm.run(Map.of(), List.of("-jar", jar.toString()));

        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(ended.out()).isEqualTo("203.0.113.101\n");
    }

    private static Document xml() throws Exception {
        String all = "<page>" + String.join("\n", blocks("xml")) + "</page>";
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(all.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void mavenIsToldTheSame() throws Exception {
        Document xml = xml();
        assertThat(text(xml, "argLine")).containsExactly(String.join(" ", flags()));
        Map<String, String> entries = new LinkedHashMap<>();
        NodeList nodes = xml.getElementsByTagName("manifestEntries").item(0).getChildNodes();
        for (int i = 0; i < nodes.getLength(); i++) {
            if (nodes.item(i) instanceof Element entry) {
                entries.put(entry.getTagName(), entry.getTextContent());
            }
        }
        assertThat(entries).isEqualTo(manifest());
    }

    @Test
    void itsDependenciesAreThisVersionsModules() throws Exception {
        String pom = Files.readString(Path.of("../../pom.xml"));
        for (String artifact : text(xml(), "dependency")) {
            String[] words = artifact.strip().split("\\s+", -1);
            assertThat(words[0]).isEqualTo("io.fullnat");
            assertThat(pom).contains("<module>" + words[1] + "</module>");
            assertThat(pom).contains("<version>" + words[2] + "</version>");
        }
    }

    private static List<String> text(Document xml, String element) {
        NodeList nodes = xml.getElementsByTagName(element);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            Node node = nodes.item(i);
            texts.add(node.getTextContent());
        }
        return texts;
    }

    /// `./build` and `./fullnat` install these.
    @Test
    void itsPackagesAreThoseThatTheScriptsInstall() throws Exception {
        Matcher script =
                Pattern.compile("for part in ([\\w\\s\\\\-]+); do")
                        .matcher(Files.readString(Path.of("../../config/system.sh")));
        assertThat(script.find()).isTrue();
        List<String> parts =
                Arrays.stream(script.group(1).replace("\\", " ").strip().split("\\s+", -1))
                        .toList();
        List<String> named =
                Pattern.compile("librte-([a-z-]+)23")
                        .matcher(blocks("sh").getFirst())
                        .results()
                        .map(found -> found.group(1))
                        .toList();

        assertThat(named).containsExactlyInAnyOrderElementsOf(parts).hasSizeGreaterThan(5);
    }
}
