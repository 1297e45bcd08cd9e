// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.text.QuotedWord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// How servers are told their clients goes through all grammars.
final class DisclosureCommandsTest {
    private static final String SERVICE = "tcp 192.0.2.80:80";
    private static final String WEB = CommandRig.WEB;

    private final CommandRig rig = CommandRig.withService();

    @AfterEach
    void close() {
        rig.close();
    }

    private VirtualService web() {
        return rig.control().desired().services().values().iterator().next();
    }

    private ClientDisclosure disclosure() {
        return web().policy().disclosure();
    }

    @Test
    void ipvsadmSetsListsAndSavesToa() {
        rig.done("ipvsadm -E " + WEB + " --toa --toa-kind 252");
        assertThat(disclosure()).isEqualTo(ClientDisclosure.NONE.withToa(true).withToaKind(252));
        assertThat(rig.done("ipvsadm -L")).contains("TCP  192.0.2.80:80 rr toa toa-kind 252\n");
        String saved = rig.done("ipvsadm -S");
        assertThat(saved).contains("-A -t 192.0.2.80:80 -s rr --toa --toa-kind 252\n");
        VirtualService before = web();
        rig.done("ipvsadm -R", "-C\n" + saved);
        assertThat(web()).isEqualTo(before);

        rig.done("ipvsadm -E " + WEB + " --toa no --toa-kind 254");
        assertThat(disclosure()).isEqualTo(ClientDisclosure.NONE);
    }

    @Test
    void plainVerbsSetAndShowToa() {
        rig.done("service edit " + SERVICE + " --toa yes");
        assertThat(disclosure()).isEqualTo(ClientDisclosure.NONE.withToa(true));
        assertThat(rig.done("service show " + SERVICE)).contains("toa yes");
        assertThat(rig.done("service list --json")).contains("\"toa\" : true");
    }

    @Test
    void uoaGoesThroughAllOfThem() {
        rig.done("service add udp 192.0.2.80:53 --uoa opp --uoa-packets 5");
        assertThat(rig.done("service show udp 192.0.2.80:53")).contains("uoa opp, uoa-packets 5");
        assertThat(rig.done("ipvsadm -S")).contains(" --uoa opp --uoa-packets 5\n");
        assertThat(rig.done("service list --json"))
                .contains("\"uoa\" : \"opp\"", "\"uoaPackets\" : 5");
        rig.done("ipvsadm -E -u 192.0.2.80:53 --uoa ipo");
        assertThat(rig.done("ipvsadm -L")).contains("uoa ipo uoa-packets 5");
        rig.done("service edit udp 192.0.2.80:53 --uoa off --uoa-packets 3");
        assertThat(rig.done("ipvsadm -S")).doesNotContain("uoa");
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThat(refused("ipvsadm -E " + WEB + " --toa-kind 5")).contains("70-255");
        assertThat(refused("service add udp 192.0.2.80:53 --toa yes"))
                .contains("only services of TCP can have it");
    }

    private String refused(String line) {
        CommandRig.Result result = rig.run(QuotedWord.split(line), "");
        assertThat(result.status()).isEqualTo(ErrorCode.INVALID_ARGUMENT.exitStatus());
        return result.err();
    }
}
