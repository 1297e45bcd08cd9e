// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.cli.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Which command lines `./fullnat` has done without a JVM: it runs beside a client and a JDK that
/// only say so.
@Timeout(60)
class FullnatScriptTest {
    @TempDir private Path folder;
    private Path script;

    @BeforeEach
    void copy() throws IOException {
        script = Files.copy(BothClients.ROOT.resolve("fullnat"), folder.resolve("fullnat"));
        assertThat(script.toFile().setExecutable(true)).isTrue();
        Path config = Files.createDirectory(folder.resolve("config"));
        Files.writeString(
                config.resolve("client.pl"), "print join ' ', 'perl', @ARGV[1 .. $#ARGV];");
        Files.writeString(
                config.resolve("system.sh"), "echo \"java $me $*\" || echo java >&2\nexit 0\n");
    }

    private String run(Map<String, String> environment, String... words) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
        builder.environment().remove("FULLNAT_CLIENT");
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    private String fullnat(String... arguments) throws Exception {
        List<String> words = new ArrayList<>(List.of(script.toString()));
        words.addAll(List.of(arguments));
        return run(Map.of(), words.toArray(String[]::new));
    }

    @Test
    void commandsToABalancerNeedNoJvm() throws Exception {
        Set<String> words = new TreeSet<>(Commands.words());
        assertThat(words.remove("completion")).isTrue();
        for (String word : words) {
            assertThat(fullnat(word, "a b", "")).isEqualTo("perl " + word + " a b");
            assertThat(fullnat("--socket", "/s", word)).isEqualTo("perl --socket /s " + word);
        }
    }

    @Test
    void allElseIsLeftToJava() throws Exception {
        for (String line :
                List.of(
                        "",
                        "--help",
                        "--version",
                        "help",
                        "run --config f",
                        "demo",
                        "config check f",
                        "reload",
                        "host",
                        "completion bash",
                        "bench",
                        "soak",
                        "services list",
                        "--socket=/s service list",
                        "--socket /s",
                        "--socket",
                        "--socket /s reload",
                        "-x service list")) {
            String[] words = line.isEmpty() ? new String[0] : line.split(" ");
            assertThat(fullnat(words)).isEqualTo(("java fullnat " + line).strip());
        }
    }

    @Test
    void theEnvironmentChoosesTheClient() throws Exception {
        Map<String, String> java = Map.of("FULLNAT_CLIENT", "java");
        assertThat(run(java, script.toString(), "ipvsadm", "-L"))
                .isEqualTo("java ipvsadm ipvsadm -L");
        Map<String, String> perl = Map.of("PERL5OPT", "-Mnosuch", "PERL_UNICODE", "SAD");
        assertThat(run(perl, script.toString(), "ipvsadm", "-L")).isEqualTo("perl ipvsadm -L");
    }

    @Test
    void isWhatItIsCalled() throws Exception {
        Path bin = Files.createDirectory(folder.resolve("bin"));
        for (String name : List.of("ipvsadm", "dpip")) {
            Path link = Files.createSymbolicLink(bin.resolve(name), script);
            assertThat(run(Map.of(), link.toString(), "-x", "y"))
                    .isEqualTo("perl " + name + " -x y");
        }
        Path link = Files.createSymbolicLink(bin.resolve("fullnat"), Path.of("../fullnat"));
        assertThat(run(Map.of(), link.toString(), "link", "list")).isEqualTo("perl link list");
        for (String call :
                List.of(
                        "sh fullnat link list",
                        "./fullnat link list",
                        "sh ./bin/../fullnat link list")) {
            assertThat(run(Map.of(), "sh", "-c", "cd '" + folder + "' && " + call))
                    .isEqualTo("perl link list");
        }
    }

    /// A file would take the place of a stream that is closed, and be read as rules or written to.
    @Test
    void closedStreamsAreLeftToJava() throws Exception {
        for (String closed : List.of("<&-", "2>&-", "<&- 2>&-")) {
            assertThat(run(Map.of(), "sh", "-c", script + " ipvsadm -R " + closed))
                    .isEqualTo("java ipvsadm ipvsadm -R");
        }
        Path file = folder.resolve("said");
        run(Map.of(), "sh", "-c", script + " ipvsadm -R >&- 2>" + file);
        assertThat(file).content().endsWith("java\n");
    }

    @Test
    void theInstalledCommandHasTheSameDoneWithoutAJvm() throws Exception {
        String installed = Files.readString(BothClients.ROOT.resolve("config/dist/fullnat"));
        String commands =
                Files.readString(BothClients.ROOT.resolve("fullnat"))
                        .lines()
                        .filter(line -> line.startsWith("ipvsadm | dpip | service"))
                        .findFirst()
                        .orElseThrow();

        assertThat(installed).contains(commands);
    }
}
