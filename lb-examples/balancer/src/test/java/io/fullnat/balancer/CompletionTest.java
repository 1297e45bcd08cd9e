// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.cli.Commands;
import io.fullnat.balancer.man.ManPages;
import io.fullnat.balancer.run.Termination;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Completion offers what the command line as a whole has, which its package does not know.
final class CompletionTest {
    private static List<String> offered(String path) {
        StringWriter out = new StringWriter();
        PrintWriter writer = new PrintWriter(out);
        assertThat(Commands.runLocally(List.of("completion", "bash"), writer, writer)).hasValue(0);
        Matcher row =
                Pattern.compile("\"" + Pattern.quote(path) + "\"\\) words=\"([^\"]*)\"")
                        .matcher(out.toString());
        assertThat(row.find()).isTrue();
        return List.of(row.group(1).split(" ", -1));
    }

    @Test
    void everyCommandIsOffered() {
        assertThat(offered(""))
                .containsAll(
                        Fullnat.commandLine(
                                        new Termination(), (socket, words, input, out, err) -> 0)
                                .getSubcommands()
                                .keySet());
    }

    @Test
    void everyLongOptionOfTopIsOffered() {
        List<String> options =
                requireNonNull(
                                Fullnat.commandLine(
                                                new Termination(),
                                                (socket, words, input, out, err) -> 0)
                                        .getSubcommands()
                                        .get("top"))
                        .getCommandSpec()
                        .optionsMap()
                        .keySet()
                        .stream()
                        .filter(name -> name.startsWith("--"))
                        .toList();

        assertThat(offered("top").stream().filter(word -> word.startsWith("--")))
                .containsExactlyInAnyOrderElementsOf(options);
        assertThat(offered("top")).contains("services", "conditions");
    }

    @Test
    void everyManualPageIsOffered() {
        assertThat(offered("man")).containsExactlyInAnyOrderElementsOf(ManPages.NAMES);
    }
}
