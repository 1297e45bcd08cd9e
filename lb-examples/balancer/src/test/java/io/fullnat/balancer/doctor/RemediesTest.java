// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Condition;
import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.Fullnat;
import io.fullnat.balancer.cli.Commands;
import io.fullnat.balancer.run.Termination;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/// Commands and keys that remedies name are there.
final class RemediesTest {
    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
    private static final Path CONFIGURATION = Path.of("../../docs/configuration.md");
    private static final Pattern KEY =
            Pattern.compile("(workers|memory|ports\\[]|kernel-path)\\.([a-z-]+)");

    static List<String> remedies() {
        List<String> all = new ArrayList<>();
        Stream.of(Diagnosis.values()).map(Diagnosis::remedy).forEach(all::add);
        Stream.of(Condition.values()).map(Condition::remedy).forEach(all::add);
        Stream.of(Outcome.values())
                .filter(outcome -> outcome.kind() == Outcome.Kind.DROPPED)
                .map(DropRemedies::of)
                .forEach(all::add);
        return all;
    }

    /// As somebody would fill it in.
    private static String filled(String command) {
        return command.replace("{service}", "tcp 192.0.2.80:80")
                .replace("PROTOCOL SERVICE", "tcp 192.0.2.80:80")
                .replace("{address}", "10.0.1.11")
                .replace("{device}", "lan")
                .replace("{port}", "lan")
                .replace("{file}", "/etc/fullnat/fullnat.yaml")
                .replace("PORT.VLAN", "lan.7")
                .replace("TUPLE", "tcp:192.0.2.7:40000:192.0.2.80:80")
                .replace("NETWORK", "10.0.0.0/8")
                .replace("GATEWAY", "10.0.1.254")
                .replace("ADDRESS", "10.0.1.12")
                .replace("SERVER", "10.0.1.12:80")
                .replace("DEVICE", "lan")
                .replace("MAC", "02:00:00:00:00:01")
                .replace("FILE", "/etc/fullnat/fullnat.yaml");
    }

    @ParameterizedTest
    @MethodSource("remedies")
    void commandsOfFullnatAreUnderstood(String remedy) {
        Matcher quoted = QUOTED.matcher(remedy);
        while (quoted.find()) {
            if (quoted.group(1).startsWith("fullnat ")) {
                understood(List.of(filled(quoted.group(1)).substring(8).split(" ", -1)));
            } else if (quoted.group(1).startsWith("dpip ")) {
                understood(List.of(quoted.group(1).split(" ", -1)));
            }
        }
    }

    private static void understood(List<String> words) {
        StringWriter said = new StringWriter();
        PrintWriter writer = new PrintWriter(said);
        if (Commands.isKnown(words.getFirst())) {
            OptionalInt status = Commands.runLocally(words, writer, writer);
            assertThat(status).as("%s: %s", words, said).isEmpty(); // left to a balancer
        } else {
            CommandLine line =
                    Fullnat.commandLine(new Termination(), (socket, each, input, out, err) -> 0);
            assertThat(line.parseArgs(words.toArray(String[]::new)).errors()).isEmpty();
        }
    }

    @Test
    void keysAreThere() throws IOException {
        String page = Files.readString(CONFIGURATION);
        int seen = 0;
        for (String remedy : remedies()) {
            Matcher key = KEY.matcher(remedy);
            while (key.find()) {
                assertThat(page).as(remedy).contains(key.group(2));
                seen++;
            }
        }
        assertThat(seen).isGreaterThan(10);
    }

    @Test
    void whatIsFilledInIsKnown() {
        for (Diagnosis diagnosis : Diagnosis.values()) {
            String text = diagnosis.remedy() + diagnosis.why();
            Matcher name = Pattern.compile("\\{(\\w+)}").matcher(text);
            while (name.find()) {
                assertThat(name.group(1))
                        .isIn(
                                "service",
                                "device",
                                "address",
                                "port",
                                "interface",
                                "mtu",
                                "file",
                                "meaning",
                                "remedy");
            }
        }
    }
}
