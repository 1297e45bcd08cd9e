// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Tables of the plain verbs fit a terminal of 80 columns, with addresses and ports of full length.
/// The exceptions are `connection list`, whose lines are DPVS's, and `server list` where health is
/// checked.
class TableWidthTest {
    private static final int COLUMNS = 80;
    private static final String SERVICE = "tcp 192.168.200.180:44380";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "service list",
                "service show " + SERVICE,
                "server list",
                "laddr list",
                "deny list",
                "ipset list",
                "address list",
                "route list",
                "neighbour list",
                "link list",
                "timeout list",
                "counters --all"
            })
    void aTableFitsATerminal(String line) {
        try (CommandRig rig = CommandRig.withService()) {
            rig.done("address add 192.168.200.180/24 wan");
            rig.done("address add 192.168.100.101/24 lan");
            rig.done("service add " + SERVICE + " --refusal drop --removal end --timeouts dns");
            rig.done("server add " + SERVICE + " 192.168.100.211:18080 --weight 65535");
            rig.done("laddr add " + SERVICE + " 192.168.100.180 lan");
            rig.done("deny add " + SERVICE + " 198.151.100.128/25");
            rig.done("ipset create strangers hash:net,port,net --max-entries 65536");
            rig.done("deny add " + SERVICE + " ipset:strangers");
            rig.done("route add 172.116.128.0/17 lan --via 192.168.100.254");
            rig.done("neighbour add 192.168.100.211 02:00:00:00:00:51 lan");
            rig.connect(40_001);

            assertThat(rig.done(line).lines())
                    .hasSizeGreaterThan(1)
                    .allSatisfy(row -> assertThat(row).hasSizeLessThanOrEqualTo(COLUMNS));
        }
    }
}
