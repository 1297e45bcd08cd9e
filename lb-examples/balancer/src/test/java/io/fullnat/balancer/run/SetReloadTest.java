// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.control.Change;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetEntry;
import io.fullnat.api.set.SetMember;
import io.fullnat.balancer.cli.Commands;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Sets of the configuration file, and files of entries of their own.
final class SetReloadTest {
    @TempDir private Path folder;
    private Path entries;

    @BeforeEach
    void writeEntries() {
        entries = folder.resolve("bots.txt");
        write("# bots\n\n198.51.100.0/24\n203.0.113.7 nomatch # a guest\n");
    }

    private void write(String text) {
        try {
            Files.writeString(entries, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String file(String sets) {
        return """
        workers: {connections: 1024}
        ports: [{name: out, device: 'null:'}, {name: in, device: 'null:'}]
        addresses:
          - {address: 198.51.100.1/24, device: out}
          - {address: 203.0.113.1/24, device: in}
          - {address: 192.0.2.80/32, device: out}
        sets:
        """
                + sets
                + """
                services:
                  - protocol: tcp
                    address: 192.0.2.80:80
                    deny: [ipset:bots, 192.0.2.99]
                    allow: ['ipset:staff,dst']
                    locals: []
                """;
    }

    private String both() {
        return "  - {name: bots, type: 'hash:net', file: "
                + entries
                + "}\n"
                + "  - {name: staff, type: 'hash:ip,port', entries: ['192.0.2.80,tcp:80']}\n";
    }

    private static List<String> names(IpSet set) {
        return set.entries().stream().map(SetEntry::name).toList();
    }

    private static String run(RunningFixture fixture, int status, String... line) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int result =
                Commands.over(fixture.balancer)
                        .run(List.of(line), "", new PrintWriter(out), new PrintWriter(err));
        assertThat(result).as(err.toString()).isEqualTo(status);
        return out.toString() + err;
    }

    @Test
    void aSetIsReadFromItsFileAndAgain() {
        try (RunningFixture fixture = new RunningFixture(folder, file(both()))) {
            IpSet bots = fixture.balancer.control().desired().set("bots");
            assertThat(names(bots)).containsExactly("198.51.100.0/24", "203.0.113.7/32");
            assertThat(bots.file()).contains(entries.toString());
            assertThat(fixture.balancer.reload(false)).isEmpty();

            write("10.0.0.0/8\n");
            run(fixture, 0, "ipset", "reload", "bots");
            assertThat(names(fixture.balancer.control().desired().set("bots")))
                    .containsExactly("10.0.0.0/8");

            write("10.0.0.0/8\n11.0.0.0/8\n12.0.0.0/33\n");
            String wrong = run(fixture, 4, "dpip", "ipset", "reload", "bots");
            assertThat(wrong).contains(entries + ":3: ", "12.0.0.0/33", "bots");
            assertThatThrownBy(() -> fixture.balancer.reload(false))
                    .isInstanceOf(BalancerException.class)
                    .hasMessageContainingAll("sets[0].file", entries + ":3: ");
            assertThat(names(fixture.balancer.control().desired().set("bots")))
                    .containsExactly("10.0.0.0/8");

            write("11.0.0.0/8\n11.0.0.0/8\n");
            assertThat(fixture.balancer.reload(false))
                    .singleElement()
                    .isInstanceOf(Change.ReplaceSet.class);
            assertThat(names(fixture.balancer.control().desired().set("bots")))
                    .containsExactly("11.0.0.0/8");
        }
    }

    /// Who changes a set by commands has it exported with what it is now; a reload brings back what
    /// the file says.
    @Test
    void aSetThatIsNotAsItsFileIsExportedWithItsEntries() {
        try (RunningFixture fixture = new RunningFixture(folder, file(both()))) {
            assertThat(fixture.balancer.export()).contains("file: '" + entries + "'");

            run(fixture, 0, "ipset", "add", "bots", "10.9.0.0/16");
            run(fixture, 0, "dpip", "ipset", "create", "extra", "hash:ip");
            String export = fixture.balancer.export();
            assertThat(export)
                    .doesNotContain("file: ")
                    .contains("- '10.9.0.0/16'", "- '203.0.113.7/32 nomatch'", "- name: extra");
            Configuration read = ConfigurationFile.parse("exported", export);
            assertThat(read.sets()).hasSize(3);
            assertThat(run(fixture, 0, "ipset", "list"))
                    .containsPattern("bots .* /\\S+\\s+\\(edited\\)");

            assertThat(fixture.balancer.reload(false)).hasSize(2);
            assertThat(fixture.balancer.control().desired().sets())
                    .containsOnlyKeys("bots", "staff");
            assertThat(names(fixture.balancer.control().desired().set("bots")))
                    .containsExactly("198.51.100.0/24", "203.0.113.7/32");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{name: bots, type: 'hash:net'}                      | no set \"staff\"",
                "{name: bots, type: 'hash:mac'}                      | hash:mac",
                "{name: 'a b', type: 'hash:net'}                     | \"a b\" is no name",
                "{name: bots, type: 'bitmap:ip'}                     | need a range",
                "{name: bots, type: 'hash:net', range: 10.0.0.0/8}   | sets[0].range: ",
                "{name: bots, type: 'bitmap:ip', family: ipv6}       | sets[0].family: ",
                "{name: bots, type: 'hash:net', entries: [10.0.0.0/33]} | sets[0].entries[0]: ",
                "{name: bots, type: 'hash:net', entries: [10.0.0.1 x]}  | only nomatch and comment",
                "{name: bots, type: 'hash:net', file: bots.txt}      | is not absolute",
                "{name: bots, type: 'hash:net', file: /none/there}   | there is no file /none/there",
                "{name: bots, type: 'hash:net', file: /x, entries: []} | not both"
            })
    void whatIsWrongIsNamed(String set, String words) {
        assertThatThrownBy(() -> ConfigurationFile.parse("f", file("  - " + set + "\n")))
                .hasMessageContaining(words);
    }

    @Test
    void twoSetsOfANameAndOneOfTheOtherFamilyAreRefused() {
        String six = "  - {name: bots, type: 'hash:net', family: ipv6}\n";
        assertThatThrownBy(() -> ConfigurationFile.parse("f", file(both() + six)))
                .hasMessageContaining("there are two sets bots");
        assertThatThrownBy(() ->
                        ConfigurationFile.parse(
                                "f", file(six + both().lines().toList().getLast() + "\n")))
                .hasMessageContainingAll("services[0]", "ipset:bots", "IPv6");
    }

    @Test
    void aHundredThousandLinesAreRead() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 100_000; i++) {
            text.append("10.%d.%d.%d%n".formatted(i >> 16, i >> 8 & 0xFF, i & 0xFF));
        }
        write(text.toString());
        String sets = both().replace("file:", "max-entries: 200000, file:");

        IpSet bots = ConfigurationFile.parse("f", file(sets)).sets().getFirst();
        assertThat(bots.entries()).hasSize(100_000);
        assertThatThrownBy(() -> ConfigurationFile.parse("f", file(both())))
                .hasMessageContainingAll(entries + ":65536", "holds 65535");
        assertThat(bots.toBuilder().add(SetMember.of("10.9.9.9"), true).build().isEdited())
                .isTrue();
    }
}
