// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Command lines in the guides are ones that the grammars take.
final class GuideCommandsTest {
    private static final Pattern COMMAND =
            Pattern.compile(
                    "(?:^|`)((?:fullnat|ipvsadm|dpip) [^`>|]*?)(?=`| > |$)", Pattern.MULTILINE);

    private static List<List<String>> commands(String page, int least) throws IOException {
        List<List<String>> commands = new ArrayList<>();
        Matcher matcher = COMMAND.matcher(Files.readString(Path.of("../../docs", page)));
        while (matcher.find()) {
            List<String> words = new ArrayList<>(List.of(matcher.group(1).strip().split(" +", -1)));
            if (words.getFirst().equals("fullnat")) {
                words.removeFirst();
            }
            boolean whole = words.size() >= least || words.getFirst().equals("counters");
            if (whole && Commands.isKnown(words.getFirst()) && !words.contains("--watch")) {
                commands.add(words);
            }
        }
        return commands;
    }

    /// Each page names verbs that exist, written in full or not.
    @Test
    void ofAllPagesAreVerbsThatExist() throws IOException {
        Pattern verb = Pattern.compile("\\bfullnat ([a-z]+) ([a-z][a-z-]*)");
        List<Path> pages = new ArrayList<>(List.of(Path.of("../../README.md")));
        try (Stream<Path> docs = Files.list(Path.of("../../docs"))) {
            docs.filter(page -> page.toString().endsWith(".md")).forEach(pages::add);
        }
        int found = 0;
        for (Path page : pages) {
            Matcher matcher = verb.matcher(Files.readString(page));
            while (matcher.find()) {
                List<String> words = List.of(matcher.group(1), matcher.group(2), "--help");
                if (Commands.isPlainVerb(words) && !words.getFirst().equals("trace")) {
                    StringWriter said = new StringWriter();
                    PrintWriter out = new PrintWriter(said);
                    assertThat(Commands.runLocally(words, out, out))
                            .as("%s: %s: %s", page.getFileName(), words, said)
                            .hasValue(0);
                    assertThat(said.toString())
                            .as("%s: the usage of %s", page.getFileName(), words)
                            .contains(words.get(0) + " " + words.get(1));
                    found++;
                }
            }
        }
        assertThat(found).isGreaterThan(50);
    }

    /// @param least words of a command that is written in full; shorter ones are only named
    private static void areRead(String page, int least, int count) throws IOException {
        List<List<String>> commands = commands(page, least);
        assertThat(commands).hasSizeGreaterThanOrEqualTo(count);
        for (List<String> words : commands) {
            StringWriter said = new StringWriter();
            PrintWriter out = new PrintWriter(said);
            assertThat(Commands.runLocally(words, out, out)).as("%s: %s", words, said).isEmpty();
        }
    }

    @Test
    void ofTheGuide() throws IOException {
        areRead("guide.md", 3, 10);
    }

    @Test
    void ofThePageForMoving() throws IOException {
        areRead("moving.md", 2, 35);
    }
}
