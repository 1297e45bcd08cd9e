// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.Ending;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.ServicePolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What ends of connections hear goes through all grammars.
final class EndCommandsTest {
    private static final String SERVICE = "tcp 192.0.2.80:80";
    private static final String WEB = CommandRig.WEB;

    private final CommandRig rig = CommandRig.withService();

    @AfterEach
    void close() {
        rig.close();
    }

    private ServicePolicy policy() {
        return rig.control().desired().services().values().iterator().next().policy();
    }

    @Test
    void ipvsadmSetsAndSavesThem() {
        assertThat(policy().endWith()).isEqualTo(Ending.RESET);
        rig.done("ipvsadm -E " + WEB + " --end-with silence --reset-on-expiry");
        assertThat(policy().endWith()).isEqualTo(Ending.SILENCE);
        assertThat(policy().resetsOnExpiry()).isTrue();

        String saved = rig.done("ipvsadm -S");
        assertThat(saved)
                .contains("-A -t 192.0.2.80:80 -s rr --end-with silence --reset-on-expiry\n");
        ServicePolicy told = policy();
        rig.done("ipvsadm -R", "-C\n" + saved);
        assertThat(policy()).isEqualTo(told);

        rig.done("ipvsadm -E " + WEB + " --end-with reset --reset-on-expiry no");
        assertThat(policy()).isEqualTo(ServicePolicy.DEFAULT);
    }

    @Test
    void segmentsOutsideOfWindowsAsWell() {
        rig.done("ipvsadm -E " + WEB + " --out-of-window drop");
        assertThat(policy().outOfWindow()).isEqualTo(OutOfWindow.DROP);
        String saved = rig.done("ipvsadm -S");
        assertThat(saved).contains("-A -t 192.0.2.80:80 -s rr --out-of-window drop\n");
        ServicePolicy told = policy();
        rig.done("ipvsadm -R", "-C\n" + saved);
        assertThat(policy()).isEqualTo(told);
        rig.done("service edit " + SERVICE + " --out-of-window count");
        assertThat(rig.done("service show " + SERVICE)).contains("out-of-window count");
        assertThat(rig.done("service show " + SERVICE + " --json"))
                .contains("\"outOfWindow\" : \"count\"");
    }

    @Test
    void plainVerbsSetAndShowThem() {
        rig.done("service edit " + SERVICE + " --end-with silence --reset-on-expiry yes");
        assertThat(policy().resetsOnExpiry()).isTrue();
        assertThat(rig.done("service show " + SERVICE))
                .contains("end-with silence", "reset-on-expiry yes");
        assertThat(rig.done("service show " + SERVICE + " --json"))
                .contains("\"endWith\" : \"silence\"", "\"resetOnExpiry\" : true");
        assertThat(rig.run("service edit " + SERVICE + " --end-with bang").status())
                .isEqualTo(ErrorCode.INVALID_ARGUMENT.exitStatus());
    }
}
