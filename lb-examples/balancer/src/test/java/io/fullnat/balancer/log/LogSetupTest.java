// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fullnat.balancer.config.AuditTarget;
import io.fullnat.balancer.config.LogArea;
import io.fullnat.balancer.config.LogFormat;
import io.fullnat.balancer.config.LogLevel;
import io.fullnat.balancer.config.LogSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogSetupTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z ";

    private static final String FILE = "logback.configurationFile";

    private final LoggerContext context = new LoggerContext();
    private final Optional<String> ofTheseTests = Optional.ofNullable(System.getProperty(FILE));

    /// The build names a file, so that tests log nothing to the console.
    @BeforeEach
    void beginAsTheProductDoes() {
        context.setMDCAdapter(new LogbackMDCAdapter());
        System.clearProperty(FILE);
    }

    @AfterEach
    void goOnAsTheTestsDo() {
        ofTheseTests.ifPresent(file -> System.setProperty(FILE, file));
    }

    @Test
    void logsWarningsToStandardError() {
        assertThat(logged(this::both)).singleElement().asString().matches(TIME + "WARN  X: wrong");
    }

    @Test
    void showsMoreIfAsked() {
        System.setProperty("fullnat.log", "INFO");
        try {
            assertThat(logged(this::both)).hasSize(2).last().asString().endsWith("INFO  X: done");
        } finally {
            System.clearProperty("fullnat.log");
        }
    }

    @Test
    void saysThatALevelIsNone() {
        System.setProperty("fullnat.log", "DEBGU");
        try {
            assertThat(logged(this::both))
                    .hasSize(2)
                    .first()
                    .asString()
                    .contains("-Dfullnat.log=DEBGU is ignored", "did you mean \"debug\"?");
        } finally {
            System.clearProperty("fullnat.log");
        }
    }

    /// Each line, also of a stack trace and of a message that has line feeds in it.
    @Test
    void beginsEachLineWithTheTimeAndLetsNothingThroughThatATerminalObeys() {
        List<String> lines =
                logged(() ->
                        context.getLogger("a.b.X")
                                .warn(
                                        "from {}",
                                        "\u001b[2J\n2026-05-01T12:00:00.000Z INFO  audit: forged",
                                        new IllegalStateException("\u001b]0;title\u0007\u202e")));

        assertThat(lines)
                .hasSizeGreaterThan(3)
                .allMatch(line -> line.matches(TIME + "WARN  X: .*"), "begins with the time")
                .allMatch(line -> line.chars().allMatch(c -> c >= ' ' && c < 0x7f), "is visible");
        assertThat(lines.getFirst())
                .endsWith("from \\u001b[2J\\n2026-05-01T12:00:00.000Z INFO  audit: forged");
        assertThat(lines.get(1)).endsWith("IllegalStateException: \\u001b]0;title\\u0007\\u202e");
    }

    /// Also of a stack trace, and with all that would break a line or a text in quotes.
    @Test
    void writesAnObjectOnEachLineIfAsked() throws IOException {
        System.setProperty("fullnat.log.format", "json");
        String hostile = "\u001b[2J\n\"}\\ \u0000 \u0085 \u2028 \u202e \ud800";
        List<String> lines;
        try {
            lines =
                    logged(() -> {
                        context.getLogger("a.b.X")
                                .warn("from {}", hostile, new IllegalStateException(hostile));
                        context.getLogger("a.b.X").warn("next");
                    });
        } finally {
            System.clearProperty("fullnat.log.format");
        }

        assertThat(lines)
                .hasSize(2)
                .allMatch(line -> line.chars().allMatch(c -> c >= ' ' && c < 0x7f), "is visible");
        JsonNode line = JSON.readTree(lines.getFirst());
        assertThat(line.get("time").asText() + " ").matches(TIME);
        assertThat(line.get("level").asText()).isEqualTo("WARN");
        assertThat(line.get("logger").asText()).isEqualTo("X");
        assertThat(line.get("message").asText()).isEqualTo("from " + hostile);
        assertThat(line.get("thrown").asText())
                .startsWith("java.lang.IllegalStateException: " + hostile)
                .contains("\n\tat ");
        assertThat(JSON.readTree(lines.getLast()).size()).as("fields").isEqualTo(4);
    }

    @Test
    void changesTheFormatWithTheConfiguration() {
        LogSettings json =
                new LogSettings(
                        Optional.empty(),
                        Map.of(),
                        new AuditTarget.Log(),
                        Optional.of(LogFormat.JSON));
        assertThat(
                        logged(() -> {
                            both();
                            LogSetup.apply(json, context);
                            both();
                            LogSetup.apply(LogSettings.DEFAULT, context);
                            both();
                        }))
                .extracting(line -> line.replaceFirst(TIME, ""))
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("WARN  X: wrong"),
                        line ->
                                assertThat(line)
                                        .endsWith(
                                                "\"level\":\"WARN\",\"logger\":\"X\","
                                                        + "\"message\":\"wrong\"}"),
                        line -> assertThat(line).isEqualTo("WARN  X: wrong"));
    }

    @Test
    void saysThatAFormatIsNone() {
        System.setProperty("fullnat.log.format", "jsno");
        try {
            assertThat(logged(this::both))
                    .hasSize(2)
                    .first()
                    .asString()
                    .contains(
                            "-Dfullnat.log.format=jsno is ignored: there are text, json",
                            "did you mean \"json\"?");
        } finally {
            System.clearProperty("fullnat.log.format");
        }
    }

    @Test
    void tellsWhatWasAskedForWhateverTheLevelIs() {
        assertThat(
                        logged(() -> {
                            context.getLogger("audit").info("one");
                            context.getLogger("reload").info("two");
                        }))
                .hasSize(2);
    }

    @Test
    void followsTheConfiguration() {
        LogSettings settings =
                new LogSettings(
                        Optional.of(LogLevel.ERROR),
                        Map.of(LogArea.DPDK, LogLevel.DEBUG, LogArea.CONTROL, LogLevel.INFO),
                        new AuditTarget.Log(),
                        Optional.empty());
        Runnable all =
                () -> {
                    for (String logger :
                            List.of(
                                    "io.fullnat.dpdk.Eal",
                                    "io.fullnat.core.control.Conditions",
                                    "io.fullnat.core.X")) {
                        context.getLogger(logger).debug("debug of {}", logger);
                        context.getLogger(logger).info("info of {}", logger);
                        context.getLogger(logger).warn("warning of {}", logger);
                    }
                };

        assertThat(
                        logged(() -> {
                            LogSetup.apply(settings, context);
                            all.run();
                        }))
                .extracting(line -> line.replaceFirst(".*: ", ""))
                .containsExactly(
                        "debug of io.fullnat.dpdk.Eal",
                        "info of io.fullnat.dpdk.Eal",
                        "warning of io.fullnat.dpdk.Eal",
                        "info of io.fullnat.core.control.Conditions",
                        "warning of io.fullnat.core.control.Conditions");
        assertThat(
                        logged(() -> {
                            LogSetup.apply(LogSettings.DEFAULT, context);
                            all.run();
                        }))
                .as("without the key, as at the start")
                .hasSize(3)
                .allMatch(line -> line.contains("warning of "));
    }

    @Test
    void saysAtTheEndWhatWasLeftOut() {
        assertThat(
                        logged(() -> {
                            for (int i = 0; i < LogLimit.LINES + 5; i++) {
                                context.getLogger("a.b.X").warn("wrong");
                            }
                            LogSetup.tellLeftOut(context);
                        }))
                .hasSize(LogLimit.LINES + 1)
                .last()
                .asString()
                .contains("WARN  X: 5 more lines like this were left out since ");
    }

    @Test
    void leavesItToAFileThatIsNamed() {
        System.setProperty(FILE, "other.xml");
        try {
            assertThat(new LogSetup().configure(context))
                    .isEqualTo(Configurator.ExecutionStatus.INVOKE_NEXT_IF_ANY);
        } finally {
            System.clearProperty(FILE);
        }
    }

    @Test
    void isFoundByLogback() {
        assertThat(ServiceLoader.load(Configurator.class))
                .anyMatch(found -> found instanceof LogSetup);
    }

    private void both() {
        context.getLogger("a.b.X").warn("wrong");
        context.getLogger("a.b.X").info("done");
    }

    /// The lines on standard error of a log that was just set up.
    private List<String> logged(Runnable work) {
        context.reset();
        PrintStream before = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            assertThat(new LogSetup().configure(context))
                    .isEqualTo(Configurator.ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY);
            work.run();
            return bytes.toString(StandardCharsets.UTF_8).lines().toList();
        } finally {
            System.setErr(before);
        }
    }
}
