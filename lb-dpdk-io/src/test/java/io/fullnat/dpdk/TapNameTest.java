// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.MacAddress;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A [TapInterface] whose name changes, or becomes another's.
class TapNameTest {
    private static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:09");
    private static final MacAddress OTHER_MAC = MacAddress.parse("02:00:00:00:00:0a");
    private static final MacAddress GROUP = MacAddress.parse("01:00:5e:00:00:42");
    private static final String NAME = "fnname0";
    private static final String NEW_NAME = "fnname1";
    private static final long PATIENCE_NS = 20_000_000_000L;
    private static final long PAUSE_NS = 10_000_000;

    private NetworkNamespace namespace;

    @BeforeEach
    void enterNamespace() {
        Prerequisite.rootWithNamespaces();
        namespace = new NetworkNamespace();
        namespace.enter();
    }

    @AfterEach
    void deleteNamespace() {
        NetworkNamespace.leave();
        if (namespace != null) {
            namespace.close();
        }
    }

    private static int mtu(String name) {
        try (KernelInterface kernel = new KernelInterface(name)) {
            return kernel.mtu();
        }
    }

    private static long mac(String name) {
        try (KernelInterface kernel = new KernelInterface(name)) {
            return kernel.mac();
        }
    }

    private static TapInterface eventually(TapInterface tap, Predicate<TapInterface> is) {
        long since = System.nanoTime();
        while (!is.test(tap) && System.nanoTime() - since < PATIENCE_NS) {
            LockSupport.parkNanos(PAUSE_NS);
        }
        return tap;
    }

    @Test
    void shouldFollowItsNewName() {
        try (TapInterface tap = TapInterface.open(NAME, "wan", MAC, 1500)) {
            namespace.inside("ip", "link", "set", NAME, "down");
            namespace.inside("ip", "link", "set", NAME, "name", NEW_NAME);
            namespace.inside("ip", "link", "set", NEW_NAME, "up");
            namespace.inside("ip", "maddress", "add", GROUP.toString(), "dev", NEW_NAME);

            tap.mirror(OTHER_MAC, 1400, true);

            assertThat(tap.name()).isEqualTo(NEW_NAME);
            assertThat(mtu(NEW_NAME)).isEqualTo(1400);
            assertThat(mac(NEW_NAME)).isEqualTo(OTHER_MAC.bits());
            assertThat(eventually(tap, t -> t.listened().contains(GROUP)).listened())
                    .contains(GROUP);
        }
    }

    @Test
    void shouldLeaveAnotherOfItsNameAlone() {
        try (TapInterface tap = TapInterface.open(NAME, "wan", MAC, 1500)) {
            namespace.inside("ip", "link", "set", NAME, "down");
            namespace.inside("ip", "link", "set", NAME, "name", NEW_NAME);
            namespace.inside("ip", "link", "add", NAME, "type", "veth", "peer", "fnpeer0");
            namespace.inside("ip", "maddress", "add", GROUP.toString(), "dev", NAME);
            long mac = mac(NAME);

            tap.mirror(OTHER_MAC, 1400, true);

            assertThat(mtu(NAME)).isEqualTo(1500);
            assertThat(mac(NAME)).isEqualTo(mac);
            assertThat(tap.listened()).doesNotContain(GROUP);
        }
    }

    @Test
    void shouldLeaveTheOneAloneThatReplacesIt() {
        try (TapInterface tap = TapInterface.open(NAME, "wan", MAC, 1500)) {
            namespace.inside("ip", "link", "del", NAME);
            namespace.inside("ip", "link", "add", NAME, "type", "veth", "peer", "fnpeer0");
            namespace.inside("ip", "maddress", "add", GROUP.toString(), "dev", NAME);

            tap.mirror(OTHER_MAC, 1400, true);

            assertThat(mtu(NAME)).isEqualTo(1500);
            assertThat(tap.listened()).doesNotContain(GROUP);
        }
    }
}
