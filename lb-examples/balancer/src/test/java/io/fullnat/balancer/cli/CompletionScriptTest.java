// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.Required;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The completion scripts in the shells that they are for, with a balancer that has two services.
@Timeout(60)
final class CompletionScriptTest {
    private static final String RULES =
            """
            -A -t 192.0.2.1:80 -s rr
            -a -t 192.0.2.1:80 -r 10.0.0.11:8080 -b -w 1
            -A -t 192.0.2.1:443 -s rr
            -A -t [2001:db8::80]:443 -s rr
            -a -t [2001:db8::80]:443 -r [2001:db8::11]:8443 -b -w 1
            -A -u 192.0.2.1:53 -s rr
            """;
    private static final String BREAKS = " \t\n\"'><=;|&(:";

    @TempDir Path folder;

    private Path script(String shell) throws Exception {
        StringWriter out = new StringWriter();
        PrintWriter writer = new PrintWriter(out);
        assertThat(Commands.runLocally(List.of("completion", shell), writer, writer)).hasValue(0);
        Path rules = Files.writeString(folder.resolve("rules"), RULES);
        Path fullnat =
                Files.writeString(folder.resolve("fullnat"), "#!/bin/sh\ncat " + rules + "\n");
        assertThat(fullnat.toFile().setExecutable(true)).isTrue();
        return Files.writeString(folder.resolve("completion." + shell), out.toString());
    }

    private List<String> run(String... words) throws Exception {
        Required.program(words[0]);
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
        builder.environment().put("PATH", folder + ":" + System.getenv("PATH"));
        builder.environment().put("HOME", folder.toString());
        Process process = builder.start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said.lines().filter(line -> !line.isEmpty()).toList();
    }

    private List<String> bash(String breaks, String line) throws Exception {
        List<String> said =
                new ArrayList<>(
                        run(
                                "bash",
                                "-c",
                                "COMP_WORDBREAKS=$1; source \"$0\"; COMP_LINE=$2;"
                                        + " COMP_POINT=${#COMP_LINE}; _fullnat; printf '%s\\n' \"${COMPREPLY[@]}\";"
                                        + " [ \"$COMP_WORDBREAKS\" = \"$1\" ] && echo untouched",
                                script("bash").toString(),
                                breaks,
                                line));
        assertThat(said.removeLast()).isEqualTo("untouched");
        return said;
    }

    @Test
    void bashCompletesAddressesWithColons() throws Exception {
        assertThat(bash(BREAKS, "fullnat ipvsadm -E -t 192.0.2.1:")).containsExactly("80", "443");
        assertThat(bash(BREAKS, "fullnat ipvsadm -E -t 192.0.2.1:4")).containsExactly("443");
        assertThat(bash(BREAKS, "ipvsadm -E -t 19"))
                .containsExactly("192.0.2.1:80", "192.0.2.1:443");
        assertThat(bash(BREAKS, "ipvsadm -E -t [2001:db8:")).containsExactly(":80]:443");
        assertThat(bash(BREAKS, "ipvsadm -e -t [2001:db8::80]:443 -r [2001:db8::11]:"))
                .containsExactly("8443");
        assertThat(bash(BREAKS, "/usr/sbin/fullnat service edit udp 192.0.2.1:"))
                .containsExactly("53");
        assertThat(bash(BREAKS, "fullnat --socket /x service edit udp 192.0.2.1:"))
                .containsExactly("53");
        assertThat(bash(BREAKS, "fullnat server edit tcp 192.0.2.1:80 10.0.0.11:8080 --we"))
                .containsExactly("--weight");
    }

    @Test
    void whereColonsPartNoWordsTheWholeWordIsGiven() throws Exception {
        assertThat(bash(" \t\n", "fullnat ipvsadm -E -t 192.0.2.1:4"))
                .containsExactly("192.0.2.1:443");
    }

    @Test
    void zshReadsTheFunction() throws Exception {
        run("zsh", "-n", script("zsh").toString());
        // The editor of lines is what gives words to the function; here they are given by hand.
        String said =
                String.join(
                        " ",
                        run(
                                "zsh",
                                "-fc",
                                "compdef() { :; }; compadd() { print -l -- $candidates; }; source $0;"
                                        + " words=(ipvsadm -E -t ''); CURRENT=4; _fullnat;"
                                        + " words=(fullnat dpip route ''); CURRENT=4; _fullnat",
                                script("zsh").toString()));

        assertThat(said)
                .isEqualTo("192.0.2.1:443 192.0.2.1:80 [2001:db8::80]:443 show add del flush help");
    }

    @Test
    void fishCompletes() throws Exception {
        String script = script("fish").toString();
        run("fish", "-n", script);

        assertThat(fish(script, "fullnat ser")).containsExactly("server", "service");
        assertThat(fish(script, "ipvsadm -E -t 192.0.2.1:"))
                .containsExactlyInAnyOrder("192.0.2.1:443", "192.0.2.1:80");
        assertThat(fish(script, "fullnat service edit tcp 192.0.2.1:80 --sched"))
                .containsExactly("--scheduler", "--scheduler-options");
    }

    private List<String> fish(String script, String line) throws Exception {
        return run("fish", "-N", "-c", "source $argv[1]; complete -C $argv[2]", script, line);
    }
}
