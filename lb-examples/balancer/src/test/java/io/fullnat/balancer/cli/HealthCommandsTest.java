// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.text.QuotedWord;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a service makes of its servers' health goes through all grammars, and lists say how they
/// are.
final class HealthCommandsTest {
    private static final String SERVICE = "tcp 192.0.2.80:80";
    private static final String WEB = CommandRig.WEB;
    private static final String ALL =
            " --checks 'http path=/up contains='\\''a b'\\'' interval=2 ; tcp port=81' --dest-check"
                    + " default --slow-start 30,5% --max-ejected 50 --last-server keep --quorum 2,1 --end-connections yes"
                    + " --announce when-healthy";

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
    void ipvsadmSetsListsSavesAndRestoresIt() {
        String before = rig.done("ipvsadm -S");
        done("ipvsadm -E " + WEB + ALL);
        done("ipvsadm -e " + WEB + " -r 10.0.1.11:8080 --checks ping");
        HealthPolicy health = web().policy().health();

        assertThat(health.checks()).hasSize(2);
        assertThat(rig.done("ipvsadm -L")).contains(" rr checks 'http path=/up", " quorum 2,1");
        String saved = rig.done("ipvsadm -S");
        assertThat(saved).contains("-A " + WEB + " -s rr" + ALL + "\n", " -b -w 1 --checks ping\n");
        rig.done("ipvsadm -R", "-C\n" + saved);
        assertThat(web().policy().health()).isEqualTo(health);
        assertThat(rig.done("ipvsadm -S")).isEqualTo(saved);

        rig.done("ipvsadm -R", "-C\n" + before);
        assertThat(web().policy().health()).isEqualTo(HealthPolicy.NONE);
        assertThat(web().realServers().getFirst().checks()).isEmpty();
    }

    @Test
    void plainVerbsSetShowAndClearIt() {
        done("service edit " + SERVICE + ALL.replace("--dest-check", "--passive"));
        done("server edit " + SERVICE + " 10.0.1.11:8080 --checks none");

        assertThat(web().realServers().getFirst().checks()).isEqualTo(Optional.of(List.of()));
        assertThat(rig.done("service show " + SERVICE))
                .contains("slow-start 30,5%, max-ejected 50", " VIP\n", " announced\n");
        assertThat(rig.done("service list")).contains(" VIP\n", " announced\n");
        assertThat(rig.done("service show " + SERVICE + " --json"))
                .contains(
                        "\"tcp port=81\"",
                        "\"maxEjectedPercent\" : 50",
                        "\"quorumUp\" : ",
                        "\"announcement\" : \"announced\"");

        done("service edit " + SERVICE + " --checks none --quorum 1");
        assertThat(web().policy().health().checks()).isEmpty();
        assertThat(web().policy().health().maxEjected()).isEqualTo(50);
    }

    /// With its own checks' state, and connections; lists of real servers leave it out.
    @Test
    void theSorryServerIsShownBesideTheServers() {
        assertThat(rig.done("service show " + SERVICE)).doesNotContain("sorry server");
        assertThat(rig.done("service show " + SERVICE + " --json"))
                .contains("\"sorryServer\" : null");
        done("service edit " + SERVICE + " --checks 'tcp' --last-server sorry=10.0.1.99:80");

        String shown = rig.done("service show " + SERVICE);
        assertThat(shown.substring(shown.indexOf("\nsorry server:\n")).lines().skip(2))
                .first()
                .asString()
                .startsWith("SERVICE")
                .contains("ACTIVE", "STATE", "REASON");
        assertThat(shown).containsPattern("TCP 192.0.2.80:80 10.0.1.99:80 +1 +0 +0 +0 .*out");
        assertThat(rig.done("service show " + SERVICE + " --json"))
                .containsPattern(
                        "\"sorryServer\" : \\{\\s+\"address\" : \"10.0.1.99\",\\s+\"port\" : 80");
        assertThat(rig.done("ipvsadm -Ln")).doesNotContain("-> 10.0.1.99:80");
        assertThat(rig.done("server list")).doesNotContain("10.0.1.99");
    }

    @Test
    void whatIsWrongIsNamedAndChangesNothing() {
        CommandRig.Result result =
                rig.run(
                        List.of("ipvsadm", "-E", "-t", "192.0.2.80:80", "--checks", "http pth=/"),
                        "");

        assertThat(result.status()).isEqualTo(2);
        assertThat(result.err())
                .startsWith("ipvsadm: --checks: check http has no option \"pth\"; it has version,");
        assertThat(web().policy().health()).isEqualTo(HealthPolicy.NONE);
    }

    @Test
    void listsSayHowServersAre() {
        done("ipvsadm -a " + WEB + " -r 10.0.1.12:8080");
        assertThat(rig.done("server list")).doesNotContain("STATE");

        rig.report("10.0.1.11:8080", false, "disk full");
        String list = rig.done("server list");
        assertThat(list.lines().findFirst().orElseThrow())
                .endsWith("STATE USE SINCE CHECKED REASON");
        assertThat(list)
                .contains(" down  out 0s    never   reported:", " up    in  0s    never   -\n");
        assertThat(rig.done("ipvsadm -L"))
                .contains(" FullNat 1      0          0          inhibited\n");
        assertThat(rig.done("server list --json"))
                .contains("\"external\" : \"down\"", "\"reason\" : \"reported: disk full\"");

        rig.report("10.0.1.11:8080", true, "");
        assertThat(rig.done("ipvsadm -L")).doesNotContain("inhibited");
    }
}
