// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.text.QuotedWord;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the operator notes of a service and of a server goes through all grammars.
final class DescriptionCommandsTest {
    private static final String SERVICE = "tcp 192.0.2.80:80";
    private static final String WEB = CommandRig.WEB;

    private final CommandRig rig = CommandRig.withService();

    @AfterEach
    void close() {
        rig.close();
    }

    private void done(String line) {
        CommandRig.Result result = rig.run(QuotedWord.split(line), "");
        assertThat(result.err()).as(line).isEmpty();
        assertThat(result.status()).as(line).isZero();
    }

    private VirtualService web() {
        return rig.control().desired().services().values().iterator().next();
    }

    @Test
    void plainVerbsSetListAndClearIt() {
        VirtualService before = web();
        done("service edit " + SERVICE + " --description \"the shop's front\"");
        done("server edit " + SERVICE + " 10.0.1.11:8080 --description rack-4");

        assertThat(web().policy().description()).isEqualTo("the shop's front");
        assertThat(web().realServers().getFirst().description()).isEqualTo("rack-4");
        assertThat(rig.done("service list").lines().findFirst().orElseThrow())
                .endsWith("OUT-BPS DESCRIPTION");
        assertThat(rig.done("service list")).contains(" 'the shop'\\''s\n");
        assertThat(rig.done("service show " + SERVICE))
                .contains(
                        "\nrefusal reject, removal drain, description 'the shop'\\''s front'\n",
                        "CPS DESCRIPTION\n",
                        " rack-4\n");
        assertThat(rig.done("service show " + SERVICE + " --json"))
                .contains("\"description\" : \"the shop's front\"", "\"description\" : \"rack-4\"");
        assertThat(rig.done("server list --json")).contains("\"description\" : \"rack-4\"");

        done("service edit " + SERVICE + " --timeout 9");
        assertThat(web().policy().description()).isEqualTo("the shop's front");
        done("service edit " + SERVICE + " --timeout 0 --description ''");
        done("server edit " + SERVICE + " 10.0.1.11:8080 --description=");
        assertThat(web()).isEqualTo(before);
        assertThat(rig.done("service list")).doesNotContain("DESCRIPTION");
    }

    @Test
    void ipvsadmSetsListsSavesAndRestoresIt() {
        String before = rig.done("ipvsadm -S");
        done("ipvsadm -E " + WEB + " --description 'a \"b\" #c'");
        done("ipvsadm -e " + WEB + " -r 10.0.1.11:8080 -w 3 --description=row\\ 2");
        done("ipvsadm -a " + WEB + " -r 10.0.1.12:8080 --description spare");

        String saved = rig.done("ipvsadm -S");
        assertThat(saved)
                .isEqualTo(
                        """
                        -A -t 192.0.2.80:80 -s rr --description 'a "b" #c'
                        -a -t 192.0.2.80:80 -r 10.0.1.11:8080 -b -w 3 --description 'row 2'
                        -a -t 192.0.2.80:80 -r 10.0.1.12:8080 -b -w 1 --description spare
                        -P -z 10.0.1.100 -t 192.0.2.80:80 -F lan
                        """);
        assertThat(rig.done("ipvsadm -L"))
                .contains(
                        "TCP  192.0.2.80:80 rr description 'a \"b\" #c'\n",
                        " FullNat 3      0          0          description 'row 2'\n");
        VirtualService described = web();
        rig.done("ipvsadm -R", "-C\n" + saved);
        assertThat(web()).isEqualTo(described);
        assertThat(rig.done("ipvsadm -S")).isEqualTo(saved);
        rig.done("ipvsadm -R", "-C\n" + before);
        assertThat(rig.done("ipvsadm -L")).doesNotContain("description");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a\u0007b| has the character U+0007, which is not printed; leave it out",
                "a\nb| has the character U+000A, which is not printed; leave it out",
                "a\u202eb| has the character U+202E, which is not printed; leave it out",
                "a\u2028b| has the character U+2028, which is not printed; leave it out",
                "a\ud800b| has the character U+D800, which is not printed; leave it out",
                " a| \" a\" begins or ends with a blank; leave the blank out",
                " | \" \" begins or ends with a blank; leave the blank out",
            })
    void whatIsNoLineOfTextIsRefused(String row) {
        int bar = row.indexOf('|');
        refused(row.substring(0, bar), row.substring(bar + 1));
    }

    @Test
    void whatIsTooLongIsRefused() {
        done("service edit " + SERVICE + " --description " + "x".repeat(255));
        refused("x".repeat(256), " has 256 characters; not 0-255");
    }

    private void refused(String description, String why) {
        VirtualService before = web();
        for (List<String> line :
                List.of(
                        List.of("service", "edit", "tcp", "192.0.2.80:80"),
                        List.of("server", "edit", "tcp", "192.0.2.80:80", "10.0.1.11:8080"),
                        List.of("ipvsadm", "-E", "-t", "192.0.2.80:80"),
                        List.of("ipvsadm", "-e", "-t", "192.0.2.80:80", "-r", "10.0.1.11:8080"))) {
            CommandRig.Result result =
                    rig.run(
                            Stream.concat(line.stream(), Stream.of("--description", description))
                                    .toList(),
                            "");
            assertThat(result.status()).isEqualTo(ErrorCode.INVALID_ARGUMENT.exitStatus());
            assertThat(result.err()).isEqualTo(line.getFirst() + ": description" + why + "\n");
        }
        assertThat(web()).isEqualTo(before);
    }

    @Test
    void otherCommandsDoNotTakeIt() {
        rig.refused(2, "ipvsadm -d " + WEB + " -r 10.0.1.11:8080 --description x", "does not take");
        rig.refused(2, "service remove " + SERVICE + " --description x", "unknown option");
    }
}
