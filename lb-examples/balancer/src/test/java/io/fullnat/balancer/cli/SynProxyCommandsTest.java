// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// When SYNs are answered with cookies goes through all grammars.
final class SynProxyCommandsTest {
    private static final String SERVICE = "tcp 192.0.2.80:80";
    private static final String WEB = CommandRig.WEB;

    private final CommandRig rig = CommandRig.withService();

    @AfterEach
    void close() {
        rig.close();
    }

    private SynProxy proxy() {
        return rig.control()
                .desired()
                .services()
                .values()
                .iterator()
                .next()
                .policy()
                .tcp()
                .synProxy();
    }

    /// DPVS's words, and more.
    @Test
    void ipvsadmSetsAndSavesIt() {
        assertThat(proxy()).isEqualTo(SynProxy.OFF);
        rig.done("ipvsadm -E " + WEB + " -j enable");
        assertThat(proxy()).isEqualTo(SynProxy.ALWAYS);
        rig.done("ipvsadm -E " + WEB + " --synproxy 5000,scale=9,mss=1400");
        SynProxy told = SynProxy.from(5000).withScale(9).withSegmentSize(1400);
        assertThat(proxy()).isEqualTo(told);

        String saved = rig.done("ipvsadm -S");
        assertThat(saved).contains("-A -t 192.0.2.80:80 -s rr -j 5000,mss=1400,scale=9\n");
        rig.done("ipvsadm -R", "-C\n" + saved);
        assertThat(proxy()).isEqualTo(told);
        assertThat(rig.done("ipvsadm -Ln")).contains("synproxy 5000,mss=1400,scale=9");

        rig.done("ipvsadm -E " + WEB + " -j disable");
        assertThat(rig.control().desired().services().values().iterator().next().policy())
                .isEqualTo(ServicePolicy.DEFAULT);
        assertThat(rig.run("ipvsadm -E " + WEB + " -j enabled").status())
                .isEqualTo(ErrorCode.INVALID_ARGUMENT.exitStatus());
    }

    @Test
    void plainVerbsSetAndShowIt() {
        rig.done("service edit " + SERVICE + " --syn-proxy always,timestamps=no");
        assertThat(proxy()).isEqualTo(SynProxy.ALWAYS.withTimestamps(false));
        assertThat(rig.done("service show " + SERVICE)).contains("syn-proxy always,timestamps=no");
        assertThat(rig.done("service show " + SERVICE + " --json"))
                .contains("\"synProxy\" : \"always,timestamps=no\"");
    }

    /// C6: real servers that answer clients themselves would answer another handshake than the
    /// client's: no form of them is taken, with a SYN proxy or without.
    @Test
    void serversThatAnswerClientsThemselvesAreRefused() {
        rig.done("ipvsadm -E " + WEB + " -j enable");
        for (String mode : List.of("-g", "--gatewaying", "-i", "--ipip", "-m")) {
            assertThat(rig.run("ipvsadm -a " + WEB + " -r 10.0.1.9:80 " + mode).status())
                    .as(mode)
                    .isNotZero();
        }
        assertThat(rig.done("ipvsadm -Ln")).doesNotContain("10.0.1.9");
        assertThat(proxy()).isEqualTo(SynProxy.ALWAYS);
    }

    /// C6: what cannot have it says so, and why.
    @Test
    void datagramsRefuseIt() {
        assertThat(rig.run("ipvsadm -A -u 192.0.2.80:53 -j enable").err())
                .contains("syn-proxy of", "only services of TCP can have it");
        rig.done("ipvsadm -A -u 192.0.2.80:53 -j disable");
    }
}
