// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.man;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.Fullnat;
import io.fullnat.balancer.Required;
import io.fullnat.balancer.attribute.Attribute;
import io.fullnat.balancer.attribute.ServiceAttributes;
import io.fullnat.balancer.cli.dpip.DpipHelp;
import io.fullnat.balancer.cli.verbs.VerbWords;
import io.fullnat.balancer.run.Termination;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The manual pages hold what the grammars know, and those who show pages find nothing wrong.
final class ManPagesTest {
    private static final ManPages PAGES = new ManPages("2026-01-31");

    @TempDir Path folder;

    private static String fullnat() {
        return PAGES.fullnat(
                Fullnat.commandLine(new Termination(), (socket, words, input, out, err) -> 0));
    }

    private static String shown(String word) {
        return Roff.escaped(word);
    }

    @Test
    void thePageOfTheCommandHasAllVerbsAndOptions() {
        String page = fullnat();

        assertThat(page).contains(".SS \"fullnat run\"", ".SS \"fullnat config check\"");
        for (String object : VerbWords.ALL) {
            assertThat(page).contains(".SS \"fullnat " + object);
        }
        for (Attribute<?, ?> attribute : ServiceAttributes.ALL) {
            assertThat(page).contains(shown(attribute.verbOption()));
        }
        for (ErrorCode code : ErrorCode.values()) {
            assertThat(page)
                    .contains("\n.B " + code.exitStatus() + "\n" + shown(code.meaning()) + "\n");
        }
        assertThat(page).doesNotContain("%n", "${");
    }

    @Test
    void thePagesOfTheDialectsHaveTheirWords() {
        for (Attribute<?, ?> attribute : ServiceAttributes.ALL) {
            assertThat(PAGES.ipvsadm()).contains(shown("--" + attribute.ipvsadmOption()));
        }
        assertThat(DpipHelp.OBJECTS)
                .allSatisfy(object -> assertThat(PAGES.dpip()).contains("\n  " + object + " "));
    }

    @Test
    void groffWarnsOfNothing() throws Exception {
        judge(List.of("groff", "-man", "-Tutf8", "-ww", "-z"));
    }

    @Test
    void mandocWarnsOfNothing() throws Exception {
        judge(List.of("mandoc", "-T", "lint", "-W", "warning"));
    }

    private void judge(List<String> judge) throws Exception {
        Required.program(judge.getFirst());
        for (String page : List.of(fullnat(), PAGES.ipvsadm(), PAGES.dpip())) {
            Path file = Files.writeString(folder.resolve("page.8"), page);
            List<String> words = new java.util.ArrayList<>(judge);
            words.add(file.toString());
            Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), UTF_8);
            assertThat(process.waitFor()).as(said).isZero();
            assertThat(said).isEmpty();
        }
    }

    @Test
    void whatWouldBeAMacroIsText() {
        String page =
                new Roff("X", "2026-01-31", "x").verbatim(".so /etc/passwd\n'x\n\\fB").toString();

        assertThat(page).contains("\n\\&.so /etc/passwd\n\\(aqx\n\\efB\n");
    }
}
