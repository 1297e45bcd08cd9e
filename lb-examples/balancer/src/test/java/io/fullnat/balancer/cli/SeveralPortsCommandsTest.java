// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.Protocol;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Services of all ports, of ranges and groups go through all grammars, and lists show them.
final class SeveralPortsCommandsTest {
    private static final ServiceKey SHOP = ServiceKey.group(Protocol.TCP, "shop");

    private final CommandRig rig = CommandRig.withService();

    @AfterEach
    void close() {
        rig.close();
    }

    private VirtualService service(ServiceKey key) {
        return rig.control().desired().service(key);
    }

    @Test
    void ipvsadmAddsListsSavesAndRestoresPorts() {
        rig.done("ipvsadm -A -t 192.0.2.80:0 -s rr");
        rig.done("ipvsadm -A -t 192.0.2.80:1-1000 -s rr");
        rig.done("ipvsadm -a -t 192.0.2.80:0 -r 10.0.1.11");
        rig.done("ipvsadm -a -t 192.0.2.80:1-1000 -r 10.0.1.11:0 -w 3");
        rig.done("ipvsadm -a -t 192.0.2.80:1-1000 -r 10.0.1.12:90");

        assertThat(service(ServiceKey.tcp("192.0.2.80", 0)).realServers())
                .containsExactly(RealServer.of("10.0.1.11", 0));
        String list = rig.done("ipvsadm -Ln");
        assertThat(list)
                .containsSubsequence(
                        "TCP  192.0.2.80:0 rr\n  -> 10.0.1.11:0 ",
                        "TCP  192.0.2.80:1-1000 rr\n  -> 10.0.1.11:0 ",
                        "  -> 10.0.1.12:90 ",
                        "TCP  192.0.2.80:80 ");
        String saved = rig.done("ipvsadm -S");
        assertThat(saved)
                .contains("-a -t 192.0.2.80:0 -r 10.0.1.11:0 -b", "-A -t 192.0.2.80:1-1000 -s rr");
        rig.done("ipvsadm -R", "-C\n" + saved);
        assertThat(rig.done("ipvsadm -S")).isEqualTo(saved);

        rig.done("ipvsadm -e -t 192.0.2.80:1-1000 -r 10.0.1.11 -w 5");
        rig.done("ipvsadm -d -t 192.0.2.80:1-1000 -r 10.0.1.11");
        rig.refused(12, "ipvsadm -d -t 192.0.2.80:1-1000 -r 10.0.1.11");
        rig.done("ipvsadm -D -t 192.0.2.80:1-1000");
        rig.refused(10, "ipvsadm -D -t 192.0.2.80:1-1000", "no service TCP 192.0.2.80:1-1000");
    }

    /// P15.
    @Test
    void whatNobodyCouldTellApartIsRefused() {
        rig.done("service add tcp 192.0.2.80:1-1000");
        rig.refused(
                11, "service add tcp 192.0.2.80:1-1000", "TCP 192.0.2.80:1-1000 already exists");
        rig.refused(
                11,
                "ipvsadm -A -t 192.0.2.80:500-1500",
                "TCP 192.0.2.80:500-1500: its ports overlap those of TCP 192.0.2.80:1-1000");
        rig.done("service add udp 192.0.2.80:500-1500");
    }

    @Test
    void theVerbsNamePortsAndGroups() {
        rig.done("service add tcp 192.0.2.80:5000-5999 --scheduler rr");
        rig.done("server add tcp 192.0.2.80:5000-5999 10.0.1.11:0");
        rig.refused(2, "server add tcp 192.0.2.80:5000-5999 10.0.1.11:1-9", "range of ports");
        rig.refused(2, "server add tcp 192.0.2.80:5000-5999 10.0.1.11", "address and a port");
        assertThat(rig.done("service show tcp 192.0.2.80:5000-5999 --json"))
                .contains("\"port\" : 5000", "\"lastPort\" : 5999", "\"port\" : 0");
        assertThat(rig.done("service list")).contains("TCP 192.0.2.80:5000-5999");
        rig.refused(2, "service add tcp 192.0.2.80:9-8", "no range");
        rig.refused(2, "service add tcp group:", "needs a name");
        rig.done("service remove tcp 192.0.2.80:5000-5999");
    }

    @Test
    void aGroupIsMadeChangedListedSavedAndRestored() {
        rig.done("ipvsadm -A -f shop -s rr --frontends 192.0.2.80:81,192.0.2.80:1000-2000");
        rig.done("ipvsadm -a -f shop -r 10.0.1.11");
        assertThat(service(SHOP).frontends())
                .containsExactly(
                        Frontend.parse("192.0.2.80:81"), Frontend.parse("192.0.2.80:1000-2000"));
        rig.done("service edit tcp group:shop --frontends 192.0.2.80:81,192.0.2.80:82");
        assertThat(service(SHOP).frontends()).hasSize(2);
        assertThat(service(SHOP).realServers())
                .extracting(RealServer::endpoint)
                .containsExactly(Endpoint.of("10.0.1.11", 0));

        assertThat(rig.done("ipvsadm -Ln"))
                .contains(
                        "TCP  group:shop rr frontends '192.0.2.80:81 ; 192.0.2.80:82'\n"
                                + "  -> 10.0.1.11:0 ");
        assertThat(rig.done("service show tcp group:shop --json"))
                .contains("\"group\" : \"shop\"", "\"192.0.2.80:81\", \"192.0.2.80:82\"");
        String saved = rig.done("ipvsadm -S");
        assertThat(saved)
                .contains(
                        "-A -t group:shop -s rr --frontends '192.0.2.80:81 ; 192.0.2.80:82'\n"
                                + "-a -t group:shop -r 10.0.1.11:0 -b");
        rig.done("ipvsadm -R", "-C\n" + saved);
        assertThat(rig.done("ipvsadm -S")).isEqualTo(saved);

        rig.refused(
                11,
                "ipvsadm -A -t 192.0.2.80:82",
                "the same ports are those of 192.0.2.80:82 of TCP group:shop");
        rig.refused(2, "ipvsadm -E " + CommandRig.WEB + " --frontends 192.0.2.80:83", "groups");
        rig.refused(
                2,
                "service edit tcp group:shop --frontends 192.0.2.80:81,192.0.2.80:81",
                "are the same");
        rig.done("service edit tcp group:shop --frontends none");
        assertThat(service(SHOP).frontends()).isEmpty();
        rig.done("ipvsadm -D -f shop");
        assertThat(rig.done("ipvsadm -Ln")).doesNotContain("group:");
    }

    @Test
    void oneFrontendIsAddedOrTakenAway() {
        rig.done("service add tcp group:shop");
        rig.done("service add-frontend tcp group:shop 192.0.2.80:81");
        rig.done("service add-frontend tcp group:shop 192.0.2.80:1000-2000");
        assertThat(service(SHOP).frontends())
                .containsExactly(
                        Frontend.parse("192.0.2.80:81"), Frontend.parse("192.0.2.80:1000-2000"));
        rig.refused(2, "service add-frontend tcp group:shop 192.0.2.80:81", "are the same");
        rig.refused(11, "service add-frontend tcp group:shop 192.0.2.80:80", "TCP 192.0.2.80:80");
        rig.refused(2, "service add-frontend tcp 192.0.2.80:80 192.0.2.80:90", "groups");
        rig.refused(2, "service add-frontend tcp group:shop 192.0.2.80:9-8", "no range");
        rig.refused(10, "service add-frontend tcp group:none 192.0.2.80:90", "group:none");

        rig.done("service remove-frontend tcp group:shop 192.0.2.80:81");
        rig.refused(
                2,
                "service remove-frontend tcp group:shop 192.0.2.80:81",
                "192.0.2.80:81 is no frontend of TCP group:shop");
        assertThat(service(SHOP).frontends()).hasSize(1);
    }

    @Test
    void aMarkIsTheNameOfAGroup() {
        rig.done("ipvsadm -A -f 5 --frontends 192.0.2.80:81");
        rig.done("ipvsadm -A -f udp:5 --frontends 192.0.2.80:81");
        assertThat(rig.control().desired().services().keySet())
                .contains(ServiceKey.group(Protocol.TCP, "5"), ServiceKey.group(Protocol.UDP, "5"));
        rig.refused(10, "ipvsadm -L -f 6", "no service TCP group:6");
        rig.refused(3, "ipvsadm -A -f icmp:5", "icmp");
        rig.refused(2, "ipvsadm -A -f 5/x", "name of a group");
    }

    /// Clients of both families have a length each.
    @Test
    void aGroupOfBothFamiliesHasAMaskOfEach() {
        rig.done(
                "service add tcp group:shop --frontends 192.0.2.80:81,[2001:db8::80]:81 --persistence"
                        + " 60 --persistence-mask 24,64");
        assertThat(service(SHOP).policy().persistence().orElseThrow())
                .matches(known -> known.ipv4Length() == 24 && known.ipv6Length() == 64);
        assertThat(rig.done("ipvsadm -S")).contains(" -M 24,64");
        rig.refused(2, "service edit tcp group:shop --persistence-mask 24", "as in 24,64");
        rig.refused(
                2,
                "ipvsadm -E " + CommandRig.WEB + " -p 60 -M 24,64",
                "its clients are of one family");
        assertThat(List.copyOf(service(SHOP).frontends())).hasSize(2);
    }
}
