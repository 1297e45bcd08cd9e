// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.management.ThreadMXBean;
import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever stands at the place of a configuration: reading it ends, with a sentence, and takes
/// memory and time in proportion to the text.
final class HostileFileTest {
    private static final String PORTS = "ports: [{name: out, device: 'null:'}]\n";
    private static final int LARGE = 2 << 20;

    /// Bytes that reading may allocate for each of the text's, twice: with and without lines.
    private static final int FACTOR = 300;

    @TempDir private Path folder;

    private static Arguments text(String what, String reason, String yaml) {
        return Arguments.of(what, reason, yaml);
    }

    private static Stream<Arguments> hostileTexts() {
        String word = "x".repeat(LARGE);
        String words = "word ".repeat(LARGE / 5);
        return Stream.of(
                text("a plain word", "longer than", PORTS + "memory: " + word),
                text("a plain text", "longer than", PORTS + "memory: " + words),
                text("a quoted word", "longer than", PORTS + "memory: '" + word + "'"),
                text("a word in double quotes", "longer than", PORTS + "memory: \"" + word + '"'),
                text("an open quote", "longer than", PORTS + "memory: \"" + word),
                text(
                        "lines in quotes",
                        "longer than",
                        PORTS + "memory: '" + "x\n\n".repeat(LARGE / 3)),
                text(
                        "a block",
                        "longer than",
                        PORTS + "memory: |\n" + "  line\n".repeat(LARGE / 7)),
                text("a folded block", "longer than", PORTS + "memory: >\n  " + word),
                text(
                        "a number",
                        "longer than",
                        PORTS + "workers: {count: " + "9".repeat(LARGE) + "}"),
                text(
                        "a hexadecimal number",
                        "is not a whole number",
                        PORTS + "workers: {count: 0x" + "f".repeat(4000) + "}"),
                text("a key", "longer than", PORTS + word + ": 1"),
                text("a tag", "longer than", PORTS + "memory: !" + word + " 1"),
                text("an anchor", "longer than", PORTS + "memory: &" + word + " 1"),
                text("an alias", "longer than", PORTS + "memory: *" + word),
                text("a directive", "", "%YAML " + word + "\n---\n" + PORTS),
                text("a comment", "longer than", PORTS + "# " + word),
                text("spaces", "longer than", PORTS + "memory:" + " ".repeat(LARGE) + "1"),
                text("line feeds", "longer than", PORTS + "memory:" + "\n".repeat(LARGE) + " 1"),
                text("zeros", "not YAML", PORTS + "\0".repeat(LARGE)),
                text("open lists", "nested deeper", PORTS + "memory: " + "[".repeat(LARGE)),
                text(
                        "open mappings",
                        "nested deeper",
                        PORTS + "memory: " + "{a: ".repeat(LARGE / 4)),
                text("dashes", "nested deeper", "- ".repeat(LARGE / 2)),
                text("question marks", "nested deeper", "? ".repeat(LARGE / 2)),
                text("indentation", "nested deeper", indented()),
                text("doubling aliases", "aliases", doubling()),
                text("an alias within itself", "anchor", PORTS + "memory: &a [*a]"),
                text("many documents", "second document", PORTS + "---\n".repeat(LARGE / 4)));
    }

    private static String indented() {
        StringBuilder yaml = new StringBuilder(PORTS);
        for (int depth = 0; depth < 2000; depth++) {
            yaml.append(" ".repeat(depth)).append("a:\n");
        }
        return yaml.toString();
    }

    private static String doubling() {
        StringBuilder yaml = new StringBuilder(PORTS + "x0: &x0 [1, 2]\n");
        for (int n = 1; n < 100; n++) {
            yaml.append("x%d: &x%d [*x%d, *x%d]%n".formatted(n, n, n - 1, n - 1));
        }
        return yaml.toString();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostileTexts")
    void endsWithASentence(String what, String reason, String yaml) throws IOException {
        Path file = folder.resolve("hostile.yaml");
        Files.writeString(file, yaml);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();

        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> ConfigurationFile.read(file))
                .satisfies(e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION);
                    assertThat(String.valueOf(e.getMessage()))
                            .contains(reason)
                            .hasSizeLessThan(2000);
                    assertThat(String.valueOf(e.getMessage()).lines()).hasSizeLessThan(4);
                    assertThat(String.valueOf(e.getMessage()))
                            .doesNotContain("java.", "Exception", "null");
                });
        assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                .as("bytes allocated for %d of text", yaml.length())
                .isLessThan((long) FACTOR * LARGE);
    }

    /// Files are read in pieces of 65,536 bytes; characters of one to four bytes stand across each
    /// possible seam.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
    void charactersMayStandAcrossTheSeamsOfPieces(int shift) throws IOException {
        String comment =
                "#" + "x".repeat(shift) + "a\u00e4\u20ac\ud83d\ude80".repeat(20_000) + "\n";
        Path file = folder.resolve("seams.yaml");
        Files.writeString(file, PORTS + comment + "memory: \ud83d\ude80\n");

        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> ConfigurationFile.read(file))
                .withMessageContaining("\ud83d\ude80")
                .withMessageContaining(":3: ");
        Files.writeString(file, PORTS + comment);
        assertThat(ConfigurationFile.read(file).ports()).hasSize(1);
    }

    @Test
    void aCharacterThatTheFileCutsOffIsNoText() throws IOException {
        Path file = folder.resolve("cut.yaml");
        byte[] whole = (PORTS + "#" + "x".repeat(1 << 16) + "\u20ac").getBytes(UTF_8);
        Files.write(file, Arrays.copyOf(whole, whole.length - 1));

        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> ConfigurationFile.read(file))
                .withMessageContaining("not UTF-8");
    }

    private static Stream<Arguments> longLists() {
        StringBuilder keys = new StringBuilder(PORTS);
        StringBuilder doubles = new StringBuilder(PORTS);
        StringBuilder services = new StringBuilder(PORTS + "services:\n");
        for (int i = 0; i < 1_000_000; i++) {
            keys.append("key").append(i).append(": 1\n");
            doubles.append("ports: 1\n");
            services.append("- a\n");
        }
        return Stream.of(
                text("a million keys", "unknown key \"key0\"", keys.toString()),
                text("a million times one key", "there twice", doubles.toString()),
                text("a million wrong services", "services[0]", services.toString()),
                text("long keys", "unknown key", PORTS + ("x".repeat(1000) + ": 1\n").repeat(900)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("longLists")
    void tellsTheFirstOfManyMistakes(String what, String reason, String yaml) {
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> ConfigurationFile.parse("f", yaml))
                .satisfies(e -> {
                    assertThat(String.valueOf(e.getMessage())).contains(reason);
                    assertThat(String.valueOf(e.getMessage()).lines().toList())
                            .hasSizeLessThanOrEqualTo(Problems.MOST + 1)
                            .allSatisfy(line -> assertThat(line).hasSizeLessThan(2000));
                    assertThat(
                                    String.valueOf(e.getMessage())
                                            .lines()
                                            .reduce((a, b) -> b)
                                            .orElseThrow())
                            .isEqualTo("f: there is more; these are the first 100 mistakes");
                });
    }

    /// What is wrong with the whole file has no line, and is not looked for a second time.
    @Test
    void tooManyKeysHaveNoLine() {
        String yaml = PORTS + "memory: 1\n".repeat(4_000_000);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();

        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> ConfigurationFile.parse("f", yaml))
                .withMessage("f: more than 8000000 keys, values and lists");
        assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                .as("bytes allocated, twice and a half as many if lines are looked for")
                .isLessThan((long) FACTOR * 2 / 5 * yaml.length());
    }

    @Test
    void aThousandMillionZerosAreNotRead() throws IOException {
        Path file = folder.resolve("sparse.yaml");
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.position(1_000_000_000_000L);
            channel.write(java.nio.ByteBuffer.wrap(new byte[] {'a'}));
        }
        refused(file, file + " has 1000000000001 bytes; a configuration may have 67108864");
    }

    @Test
    void whatIsNoFileIsNotOpened() throws Exception {
        Path fifo = folder.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
        Path file = folder.resolve("file");
        Files.writeString(file, PORTS);

        refused(
                Path.of("/dev/zero"),
                "/dev/zero is a device, a pipe or a socket; a file is needed");
        refused(
                Path.of("/dev/null"),
                "/dev/null is a device, a pipe or a socket; a file is needed");
        refused(fifo, fifo + " is a device, a pipe or a socket; a file is needed");
        refused(folder, folder + " is a directory; a file is needed");
        refused(file.resolve("below"), "there is no file " + file + "/below");
        refused(folder.resolve("none"), "there is no file " + folder + "/none");
    }

    private static void refused(Path file, String message) {
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> ConfigurationFile.read(file))
                .withMessage(message)
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
    }

    /// What legal files do is allowed still.
    @Test
    void aLongCommentAndALongDeviceAreRead() {
        String comment = "# commented out\n".repeat(50_000);
        String device = "null:" + ",option=1".repeat(400);
        Configuration read =
                ConfigurationFile.parse(
                        "f",
                        comment + "ports: [{name: out, device: '" + device + "'}]\n" + comment);

        assertThat(read.ports().getFirst().device().text()).isEqualTo(device);
    }

    @Test
    void aJsonConfigurationOnOneLineIsRead() {
        StringBuilder json =
                new StringBuilder(
                        "{\"ports\":[{\"name\":\"out\",\"device\":\"null:\"}],\"services\":[");
        for (int i = 0; i < 20_000; i++) {
            json.append(i == 0 ? "" : ",")
                    .append("{\"protocol\":\"tcp\",\"routed\":true,\"locals\":[],\"address\":\"10.")
                    .append(1 + i / 65536)
                    .append('.')
                    .append(i / 256 % 256)
                    .append('.')
                    .append(i % 256)
                    .append(":80\"}");
        }
        assertThat(ConfigurationFile.parse("f", json + "]}").services()).hasSize(20_000);
    }
}
