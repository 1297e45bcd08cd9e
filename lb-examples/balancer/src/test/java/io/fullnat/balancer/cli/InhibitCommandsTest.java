// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.health.ServerHealth.State;
import io.fullnat.api.health.ServerHealth.Use;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.VirtualService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A server that the operator takes out and back, in all grammars.
final class InhibitCommandsTest {
    private static final String SERVER = "tcp 192.0.2.80:80 10.0.1.11:8080";
    private static final String WEB = CommandRig.WEB;

    private final CommandRig rig = CommandRig.withService();

    @AfterEach
    void close() {
        rig.close();
    }

    private VirtualService web() {
        return rig.control().desired().services().values().iterator().next();
    }

    private RealServer server() {
        return web().realServers().getFirst();
    }

    private RealServerStatus status() {
        return rig.control().status().services().getFirst().realServers().getFirst();
    }

    @Test
    void plainVerbsTakeItOutAndBack() {
        rig.done("server edit " + SERVER + " --weight 7");
        rig.done("server inhibit " + SERVER);
        assertThat(server().inhibited()).isTrue();
        assertThat(server().weight()).as("for when it is back").isEqualTo(7);
        assertThat(status().health().use()).isEqualTo(Use.OUT);
        assertThat(status().health().admin()).isEqualTo(State.DOWN);
        assertThat(status().health().reason()).isEqualTo("inhibited");
        assertThat(rig.done("server list")).contains("  INHIBITED\n").contains("  yes\n");
        assertThat(rig.done("server list --json")).contains("\"inhibited\" : true");
        rig.done("server inhibit " + SERVER);

        rig.done("server edit " + SERVER + " --weight 9");
        assertThat(server().inhibited()).as("an edit that does not say it").isTrue();
        rig.done("server uninhibit " + SERVER);
        assertThat(server()).isEqualTo(RealServer.of("10.0.1.11", 8080).withWeight(9));
        assertThat(status().health().use()).isEqualTo(Use.IN);
        rig.done("server edit " + SERVER + " --inhibited yes");
        assertThat(server().inhibited()).isTrue();
        rig.refused(12, "server inhibit tcp 192.0.2.80:80 10.0.1.99:8080", "10.0.1.99:8080");
    }

    @Test
    void ipvsadmDoesAndSavesIt() {
        rig.done("ipvsadm -e " + WEB + " -r 10.0.1.11:8080 --inhibited");
        assertThat(server().inhibited()).isTrue();
        assertThat(rig.done("ipvsadm -L"))
                .contains(" FullNat 1      0          0          inhibited\n");
        String saved = rig.done("ipvsadm -S");
        assertThat(saved).contains("-r 10.0.1.11:8080 -b -w 1 --inhibited\n");
        VirtualService before = web();
        rig.done("ipvsadm -R", "-C\n" + saved);
        assertThat(web()).isEqualTo(before);
        rig.done("ipvsadm -e " + WEB + " -r 10.0.1.11:8080 --inhibited no");
        assertThat(rig.done("ipvsadm -L")).doesNotContain("inhibited");
    }
}
