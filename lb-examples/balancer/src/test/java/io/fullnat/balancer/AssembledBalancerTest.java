// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A scheduler that an application brings on the class path is named like those of the engine.
final class AssembledBalancerTest {
    private static final String FILE =
            """
            ports: [{name: wan, device: 'af_packet:none'}]
            addresses: [{address: 192.0.2.80/24, device: wan}]
            services:
              - {protocol: tcp, address: '192.0.2.80:80', scheduler: NAME, locals: []}
            """;

    @TempDir Path folder;

    private List<String> run(String scheduler, String provider, String... lines)
            throws IOException, InterruptedException {
        Path services = Files.createDirectories(folder.resolve("jar/META-INF/services"));
        Files.writeString(
                services.resolve("io.fullnat.api.service.SchedulerFactory"), provider + "\n");
        Path file = folder.resolve("fullnat.yaml");
        Files.writeString(file, FILE.replace("NAME", scheduler));
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-cp",
                                folder.resolve("jar")
                                        + File.pathSeparator
                                        + System.getProperty("java.class.path")));
        if (lines.length == 0) {
            command.addAll(List.of(Main.class.getName(), "config", "check", file.toString()));
        } else {
            command.addAll(List.of(AssembledBalancer.class.getName(), file.toString()));
            command.addAll(List.of(lines));
        }
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return out.lines().toList();
    }

    private static final String SCHEDULERS =
            "conhash, dh, fo, last, lc, ll, mh, nq, ovf, p2c, random, rr, sed, sh, wlc, wrr";

    @Test
    void aSchedulerOfTheApplicationIsNamedByFileCommandsAndApi() throws Exception {
        String known = "no scheduler \"lost\"; there are " + SCHEDULERS;

        List<String> out =
                run(
                        "last",
                        LastServer.class.getName(),
                        "ipvsadm -S",
                        "ipvsadm -A -t 192.0.2.80:81 -s last",
                        "ipvsadm -A -t 192.0.2.80:82 -s lost",
                        "service add udp 192.0.2.80:53 --scheduler last",
                        "service edit udp 192.0.2.80:53 --scheduler lost",
                        "PUT /v2/vs/192.0.2.80-83-tcp {\"SchedName\":\"last\"}",
                        "PUT /v2/vs/192.0.2.80-84-tcp {\"SchedName\":\"lost\"}");

        assertThat(out)
                .startsWith(
                        "-A -t 192.0.2.80:80 -s last",
                        "0",
                        "0",
                        "ipvsadm: " + known,
                        "16",
                        "0",
                        "service: " + known,
                        "16",
                        "201 \"created\"",
                        "400 {\"error\":\"NO_SCHEDULER\",\"status\":16,\"message\":\""
                                + known.replace("\"", "\\\"")
                                + "\"}");
        assertThat(out).filteredOn(line -> line.equals("    scheduler: last")).hasSize(4);
    }

    @Test
    void aFileWithAnUnknownOneIsToldOfAll() throws Exception {
        assertThat(run("last", LastServer.class.getName()))
                .singleElement()
                .asString()
                .doesNotContain("scheduler");
        assertThat(run("lost", LastServer.class.getName()))
                .anySatisfy(line ->
                        assertThat(line)
                                .endsWith(
                                        "fullnat.yaml:4: services[0].scheduler: the text \"lost\" is"
                                                + " none of "
                                                + SCHEDULERS
                                                + ", did you mean \"last\"?"));
    }

    /// A provider with a name that it cannot have.
    abstract static class Misnamed implements SchedulerFactory {
        private final @Nullable String name;

        Misnamed(@Nullable String name) {
            this.name = name;
        }

        @Override
        @SuppressWarnings("NullAway") // as one that knows no nullness
        public String name() {
            return name;
        }

        @Override
        public Scheduler create(List<RealServer> servers, SchedulerContext context) {
            return (request, loads) -> 0;
        }
    }

    /// Has the name of one of the engine's.
    public static final class Twin extends Misnamed {
        /// Called by the service loader.
        public Twin() {
            super("rr");
        }
    }

    /// Has none.
    public static final class Nameless extends Misnamed {
        /// Called by the service loader.
        public Nameless() {
            super(null);
        }
    }

    /// Has one that an option could not be told from.
    public static final class Dashed extends Misnamed {
        /// Called by the service loader.
        public Dashed() {
            super("-lc");
        }
    }

    /// A check tells it, not only a start.
    @ParameterizedTest
    @CsvSource({
        "Twin, is called \"rr\" as another one is",
        "Nameless, is called \"null\" which is no name of a scheduler",
        "Dashed, is called \"-lc\" which is no name of a scheduler"
    })
    void aNameThatCannotBeIsRefused(String provider, String reason) throws Exception {
        assertThat(run("wrr", getClass().getName() + "$" + provider))
                .anySatisfy(line ->
                        assertThat(line)
                                .contains(
                                        "a scheduler on the class path cannot be used: ",
                                        "$" + provider + " " + reason));
    }

    @Test
    void aProviderThatIsNoneIsNamed() throws Exception {
        assertThat(run("rr", "io.fullnat.Nobody"))
                .anySatisfy(line ->
                        assertThat(line)
                                .contains(
                                        "a scheduler on the class path cannot be used: ",
                                        "io.fullnat.Nobody",
                                        "; repair its jar, or leave it out"));
    }
}
