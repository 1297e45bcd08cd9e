// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// As [VrrpIT], with keepalived's `use_vmac`: the virtual router has a MAC address of its own, by
/// which clients reach the virtual addresses (X09, X10).
@NetworkTest
class VrrpMacIT extends VrrpIT {
    private static final String ROUTER_4 = "00:00:5e:00:01:33";
    private static final String ROUTER_6 = "00:00:5e:00:02:33";

    @Override
    String more() {
        return "use_vmac";
    }

    @Override
    String portKeys() {
        return ", promiscuous: true";
    }

    /// Where the bridge has heard a station, as `bridge fdb` says.
    private boolean isHeard(String station, String port) {
        return bridge().execute("bridge", "fdb", "show", "br", "bridge")
                .lines()
                .anyMatch(line -> line.contains(station) && line.contains("dev " + port + " "));
    }

    @Test
    void x09ABackupSendsNothingFromTheVirtualRoutersAddress() throws InterruptedException {
        Shell.until(
                "the first sends", () -> isHeard(ROUTER_4, "first") && isHeard(ROUTER_6, "first"));
        for (int tenth = 0; tenth < 30; tenth++) {
            assertThat(isHeard(ROUTER_4, "second")).isFalse();
            assertThat(isHeard(ROUTER_6, "second")).isFalse();
            Thread.sleep(100);
        }
    }

    @Test
    void x10ClientsReachTheAddressesByTheVirtualRouters() throws InterruptedException {
        requireServed("the first");
        assertThat(client().ip("neigh", "show", "198.51.100.80")).contains(ROUTER_4);
        assertThat(client().ip("neigh", "show", "2001:db8:c::80")).contains(ROUTER_6);
    }
}
