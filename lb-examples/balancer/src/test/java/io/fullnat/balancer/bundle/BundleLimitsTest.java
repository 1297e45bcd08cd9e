// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.doctor.Programs;
import io.fullnat.balancer.host.HostFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// How much a bundle takes in, at each limit one character less and one more, and what its manifest
/// says of the rest.
@Timeout(60)
final class BundleLimitsTest {
    private static final int PART = 5000;
    private static final int CONNECTIONS = 1500;
    private static final String LINE = "0123456789abcde\n";

    @TempDir private Path folder;
    private final Map<String, String> pages = new HashMap<>();
    private final Map<String, String> commands = new HashMap<>();

    private Map<String, Part> parts(int all) {
        SupportBundle bundle =
                new SupportBundle(
                        (socket, words, input, out, err) -> {
                            out.print(commands.getOrDefault(String.join(" ", words), ""));
                            out.flush();
                            return 0;
                        },
                        (socket, path, most) -> {
                            String page = pages.getOrDefault(path, "{}");
                            if (page.length() > most) {
                                throw new BalancerException(ErrorCode.CAPACITY, "it is too long");
                            }
                            return page.getBytes(StandardCharsets.UTF_8);
                        },
                        socket -> pages.getOrDefault("events", ""),
                        folder,
                        (words, limit, most) -> new Programs.Said("", words.getFirst()),
                        new SupportBundle.Limits(PART, all, CONNECTIONS));
        Map<String, Part> parts = new HashMap<>();
        bundle.parts(
                        new SupportBundle.Settings(
                                folder.resolve("s"),
                                Optional.empty(),
                                Duration.ofMillis(1),
                                Optional.empty()),
                        Instant.EPOCH)
                .forEach(part -> parts.put(part.name(), part));
        return parts;
    }

    private static Part part(Map<String, Part> parts, String name) {
        return Objects.requireNonNull(parts.get(name), name);
    }

    /// What the manifest says of a part, behind its name.
    private static String said(Map<String, Part> parts, String name) {
        return part(parts, Manifest.NAME)
                .text()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .map(line -> line.substring(name.length()).strip())
                .findFirst()
                .orElseThrow();
    }

    private static String text(int length) {
        String lines = LINE.repeat(length / LINE.length());
        return "x".repeat(length - lines.length()) + lines;
    }

    @Test
    void theUsualLimitsAreTheDocumentedOnes() {
        assertThat(SupportBundle.Limits.USUAL)
                .isEqualTo(new SupportBundle.Limits(8 << 20, 64 << 20, 1 << 20));
        assertThat(Facts.LONG).isEqualTo(1 << 20);
    }

    @Test
    void aPartThatIsTooLongEndsWithALine() {
        pages.put("/metrics", text(PART));
        Map<String, Part> parts = parts(1 << 20);
        assertThat(part(parts, "metrics.txt")).isEqualTo(Part.of("metrics.txt", text(PART)));
        assertThat(said(parts, "metrics.txt")).isEqualTo(PART + "  whole");

        pages.put("/metrics", text(PART + 1));
        parts = parts(1 << 20);
        int kept = PART + 1 - LINE.length();
        assertThat(part(parts, "metrics.txt").text()).isEqualTo(text(PART + 1).substring(0, kept));
        assertThat(said(parts, "metrics.txt"))
                .isEqualTo(
                        kept
                                + "  not whole: cut after "
                                + kept
                                + " characters; at most "
                                + PART
                                + " are kept");

        pages.put("/metrics", "y".repeat(PART + 1));
        parts = parts(1 << 20);
        assertThat(part(parts, "metrics.txt").text()).isEmpty();
        assertThat(said(parts, "metrics.txt"))
                .isEqualTo("0  missing: cut after 0 characters; at most " + PART + " are kept");

        pages.put("/metrics", text(4 * PART + 1));
        parts = parts(1 << 20);
        assertThat(said(parts, "metrics.txt")).isEqualTo("0  missing: it is too long");
    }

    @Test
    void aTreeIsThereWholeOrNotAtAll() {
        pages.put("/v2/health", "{\"a\": \"" + "b".repeat(PART - 9) + "\"}");
        assertThat(pages.get("/v2/health")).hasSize(PART);
        Map<String, Part> parts = parts(1 << 20);
        // Written again with two more blanks and ends of lines: one that becomes too long is cut.
        assertThat(said(parts, "health.json")).contains("not whole: cut after 2 characters");

        pages.put("/v2/health", "{\"a\": \"" + "b".repeat(PART - 20) + "\"}");
        assertThat(said(parts(1 << 20), "health.json")).endsWith("  whole");

        pages.put("/v2/health", "{\"a\": \"" + "b".repeat(PART - 8) + "\"}");
        assertThat(said(parts(1 << 20), "health.json")).isEqualTo("0  missing: it is too long");

        String longest = "{\"a\": \"" + "b".repeat(PART - 9) + "\"}";
        commands.put("timeout list --json", longest + " ");
        assertThat(said(parts(1 << 20), "lists/timeout.json"))
                .isEqualTo("0  missing: cut after " + PART + " characters");
    }

    private static String list(int items, int length) {
        String item = "{\"x\":\"" + "z".repeat(length - 8) + "\"}";
        assertThat(item).hasSize(length);
        return "{\"services\": [" + (item + ",").repeat(items - 1) + item + "]}";
    }

    /// Each item has a character before it and one behind it.
    @Test
    void aListIsCutBetweenTwoItems() {
        String head = "{\"services\": [";
        int length = (PART - head.length()) / 10 - 2;
        commands.put("service list --json", list(10, length));
        Map<String, Part> parts = parts(1 << 20);
        assertThat(said(parts, "lists/service.json")).endsWith("  whole");

        commands.put("service list --json", list(10, length + 2));
        parts = parts(1 << 20);
        assertThat(said(parts, "lists/service.json")).endsWith("  not whole: cut after 9 items");
        assertThat(part(parts, "lists/service.json").text())
                .startsWith(head + "\n{\"x\":\"zz")
                .endsWith("zz\"}\n]}\n")
                .satisfies(text -> assertThat(text.split("\n", -1)).hasSize(1 + 9 + 2));
    }

    @Test
    void connectionsAreFewer() {
        String fits = list(2, (CONNECTIONS - 18) / 2);
        assertThat(fits).hasSizeBetween(CONNECTIONS - 4, CONNECTIONS);
        commands.put("connection list --json", fits);
        assertThat(said(parts(1 << 20), "lists/connection.json")).endsWith("  whole");

        commands.put("connection list --json", list(3, CONNECTIONS / 2 - 20));
        Map<String, Part> parts = parts(1 << 20);
        assertThat(said(parts, "lists/connection.json"))
                .endsWith("  not whole: cut after " + CONNECTIONS + " characters");
        assertThat(part(parts, "lists/connection.json").text()).endsWith("z\"}\n]}\n");
    }

    /// In the order in which they are made; the manifest is none of them.
    @Test
    void allTogetherHaveALimitToo() {
        pages.put("/metrics", text(PART));
        for (String list : List.of("link", "service", "laddr", "address", "route")) {
            commands.put(list + " list --json", list(2, PART / 3));
        }
        Map<String, Part> unlimited = parts(1 << 20);
        int sum =
                unlimited.values().stream()
                        .filter(part -> !part.name().equals(Manifest.NAME))
                        .mapToInt(part -> part.text().length())
                        .sum();
        assertThat(unlimited.values()).noneMatch(part -> part.trouble().contains("room"));

        // The doctor's report tells times, and may be a little longer or shorter each time.
        int most = sum - 2 * PART;
        Map<String, Part> parts = parts(most);
        int kept =
                parts.values().stream()
                        .filter(part -> !part.name().equals(Manifest.NAME))
                        .mapToInt(part -> part.text().length())
                        .sum();
        assertThat(kept).isBetween(most - PART, most);
        assertThat(said(parts, "metrics.txt")).endsWith("  whole");
        assertThat(part(parts, Manifest.NAME).text())
                .containsPattern("  not whole: cut after \\d+ characters; at most \\d+ are kept\n");
    }

    @Test
    void nothingIsTakenWhereNoRoomIsLeft() {
        Part part = Part.of("x", LINE);
        assertThat(part.atMost(LINE.length())).isSameAs(part);
        assertThat(part.atMost(LINE.length() - 1))
                .isEqualTo(new Part("x", "", "cut after 0 characters; at most 15 are kept"));
        assertThat(part.atMost(0)).isEqualTo(new Part("x", "", "there was no room left for it"));
        assertThat(Part.of("x", "").atMost(0)).isEqualTo(Part.of("x", ""));
    }

    private Map<String, Part> facts(Programs programs) {
        Map<String, Part> parts = new HashMap<>();
        new Facts(new HostFiles(folder), programs)
                .parts(OptionalLong.empty(), List.of())
                .forEach(part -> parts.put(part.name(), part));
        return parts;
    }

    @Test
    void filesOfTheKernelHaveALimit() throws IOException {
        Files.createDirectories(folder.resolve("proc"));
        Programs none = (words, limit, most) -> new Programs.Said("", "no");
        // Blanks around it are not read, and one line's end comes behind it.
        Files.writeString(folder.resolve("proc/interrupts"), text(Facts.LONG));
        assertThat(part(facts(none), "kernel/interrupts.txt"))
                .isEqualTo(Part.of("kernel/interrupts.txt", text(Facts.LONG)));
        Files.writeString(folder.resolve("proc/interrupts"), text(Facts.LONG + 1));
        Part cut = part(facts(none), "kernel/interrupts.txt");
        int kept = Facts.LONG + 1 - LINE.length();
        assertThat(cut.text()).hasSize(kept).endsWith(LINE);
        assertThat(cut.trouble())
                .isEqualTo(
                        "cut after " + kept + " characters; at most " + Facts.LONG + " are kept");
    }

    /// Half a secret would not be known for one.
    @Test
    void whatAProgramSaidInPartEndsWithALine() {
        Programs talker =
                (words, limit, most) -> {
                    assertThat(most).isEqualTo(Facts.LONG);
                    return Programs.Said.cut("one\ntwo\ntoken=ab", most);
                };
        for (String name : List.of("journal.txt", "network/link.txt")) {
            assertThat(part(facts(talker), name))
                    .isEqualTo(new Part(name, "one\ntwo\n", "cut after " + Facts.LONG + " bytes"));
        }
    }

    @Test
    void aProgramIsHeardUpToItsLimit() {
        Duration patience = Duration.ofSeconds(30);
        List<String> words = List.of("printf", "abcdef\\n");
        assertThat(Programs.ofMachine().run(words, patience, 7))
                .isEqualTo(new Programs.Said("abcdef\n", ""));
        Programs.Said cut = Programs.ofMachine().run(words, patience, 6);
        assertThat(cut).isEqualTo(new Programs.Said("abcdef", "cut after 6 bytes", true));
        assertThat(cut.isCut()).isTrue();
    }
}
