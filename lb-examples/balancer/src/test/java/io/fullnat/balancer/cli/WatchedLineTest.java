// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.cli.dpip.DpipHelp;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.verbs.VerbWords;
import io.fullnat.balancer.cli.verbs.Verbs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What `--watch` does to a line, and what it may stand with.
class WatchedLineTest {
    private static WatchedLine of(String line) {
        return WatchedLine.of(List.of(line.split(" ")));
    }

    @ParameterizedTest
    @CsvSource({
        "0.1, 100",
        ".1, 100",
        "0.100, 100",
        "1, 1000",
        "2, 2000",
        "002, 2000",
        "2.5, 2500",
        "86400, 86400000",
        "86400.0, 86400000"
    })
    void secondsMayHaveFractions(String text, long millis) {
        WatchedLine line = of("service list --watch " + text + " --json");

        assertThat(line.words()).containsExactly("service", "list", "--json");
        assertThat(line.interval()).hasValue(Duration.ofMillis(millis));
        assertThat(of("service list --json --watch=" + text)).isEqualTo(line);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "0.0",
                "0.09999",
                "0.0999999999",
                "-1",
                "+1",
                "86400.001",
                "86401",
                "9999999999",
                "1e3",
                "0x10",
                "1,5",
                "1.",
                ".",
                "2s",
                "NaN",
                "Infinity",
                "two",
                "\u0662",
                "--json",
                ""
            })
    void nothingElseIsANumberOfSeconds(String text) {
        for (List<String> line :
                List.of(
                        List.of("service", "list", "--watch", text),
                        List.of("service", "list", "--watch=" + text))) {
            assertThatThrownBy(() -> WatchedLine.of(line))
                    .isInstanceOfSatisfying(
                            BalancerException.class,
                            wrong -> assertThat(wrong.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                    .hasMessage(
                            "--watch \"" + text + "\" is no number of seconds from 0.1 to 86400");
        }
    }

    @Test
    void isGivenOnceAndWithAValue() {
        for (String twice :
                List.of(
                        "service list --watch 2 --watch 2",
                        "ipvsadm --watch=2 -L --watch 3",
                        "dpip link show --watch 2 --watch")) {
            assertThatThrownBy(() -> of(twice)).hasMessage("--watch is given twice");
        }
        for (String without : List.of("service list --watch", "ipvsadm --watch")) {
            assertThatThrownBy(() -> of(without))
                    .hasMessage("--watch needs a number of seconds, as in --watch 2");
        }
    }

    @Test
    void otherLinesStayAsTheyAre() {
        for (String line :
                List.of(
                        "service list",
                        "ipvsadm -A -t 192.0.2.80:80",
                        "ipvsadm nonsense",
                        "service list --watchful 2",
                        "completion bash --watch 2")) {
            List<String> words = List.of(line.split(" "));
            assertThat(of(line)).isEqualTo(new WatchedLine(words, Optional.empty()));
        }
    }

    /// All that only shows something, in each grammar.
    @Test
    void eachListingMayBeWatched() {
        List<String> lines =
                new ArrayList<>(
                        List.of(
                                "ipvsadm",
                                "ipvsadm -L",
                                "ipvsadm -l",
                                "ipvsadm --list",
                                "ipvsadm -Ln --stats",
                                "ipvsadm -ln --rate",
                                "ipvsadm -L --thresholds",
                                "ipvsadm -L --persistent-conn",
                                "ipvsadm -L -t 192.0.2.80:80",
                                "ipvsadm -L --timeout",
                                "ipvsadm -Lnc",
                                "ipvsadm -L -c --persistent-conn",
                                "ipvsadm -Ln --json",
                                "ipvsadm -G",
                                "ipvsadm -B",
                                "ipvsadm --get-whtlst",
                                "ipvsadm -S",
                                "service show tcp 192.0.2.80:80",
                                "link list wan"));
        for (String object : DpipHelp.OBJECTS) {
            lines.add("dpip " + object + " show");
            String counted = object.equals("ipset") ? "" : "-s "; // sets have no counters
            lines.add("dpip " + counted + object + " list -j");
        }
        for (String object : VerbWords.ALL) {
            Verbs.commandLine(object).getSubcommands().keySet().stream()
                    .filter("list"::equals)
                    .forEach(verb -> lines.add(object + " " + verb));
        }
        lines.add("counters");
        assertThat(lines).hasSize(19 + 10 + 14 + 1);
        for (String line : lines) {
            WatchedLine watched = of(line + " --watch 2");
            assertThat(watched.interval()).as(line).hasValue(Duration.ofSeconds(2));
            assertThat(watched.words()).isEqualTo(Arrays.asList(line.split(" ")));
        }
    }

    @Test
    void helpAndCompletionTellOfIt() {
        for (String object : VerbWords.ALL) {
            if (object.equals("completion")) {
                continue;
            }
            boolean verbless = object.equals("counters") || object.equals("trace");
            String line = verbless ? object : object + " list";
            assertThat(help(line + " --help")).as(line).contains("--watch=SECONDS");
            assertThat(CompletionWords.table().get(line)).contains("--watch");
        }
        assertThat(help("service show --help")).contains("--watch=SECONDS");
        assertThat(help("service add --help")).doesNotContain("--watch");
        assertThat(help("ipvsadm --help")).contains("--watch SECONDS");
        assertThat(help("dpip --help")).contains("--watch SECONDS");
        assertThat(CompletionWords.table().get("ipvsadm")).contains("--watch");
        assertThat(CompletionWords.table().get("dpip route show")).contains("--watch");
        assertThat(CompletionWords.table().get("dpip route add")).doesNotContain("--watch");
    }

    private static String help(String line) {
        return ((Request.Text) Grammar.parse(List.of(line.split(" ")))).text();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ipvsadm -Ln --wathc 2",
                "dpip link show --wacth 2",
                "service list --watc 2",
                "counters --watsh 2"
            })
    void aSlipIsGuessed(String line) {
        assertThatThrownBy(() -> Grammar.parse(List.of(line.split(" "))))
                .hasMessageContaining("did you mean \"--watch\"?");
    }

    /// An application that sends lines of its own is told, not left waiting.
    @Test
    void aBalancerRepeatsNothing() {
        try (CommandRig rig = CommandRig.withService()) {
            for (String line :
                    List.of(
                            "ipvsadm -Ln --watch 2",
                            "dpip link show --watch=2",
                            "service list --watch 2",
                            "service remove tcp 192.0.2.80:80 --watch 2")) {
                CommandRig.Result refused = rig.atBalancer(List.of(line.split(" ")));
                assertThat(refused.status()).isEqualTo(2);
                assertThat(refused.out()).isEmpty();
                assertThat(refused.err())
                        .endsWith(": --watch is done by the command, which asks again and again\n");
            }
            assertThat(rig.done("ipvsadm -S")).contains("-A -t 192.0.2.80:80");
            CommandRig.Result restored = rig.run("ipvsadm -R", "-L --watch 2\n");
            assertThat(restored.err()).contains("line 1").doesNotContain("did you mean");
        }
    }
}
