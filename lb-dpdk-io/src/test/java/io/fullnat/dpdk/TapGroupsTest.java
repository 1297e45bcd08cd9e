// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.MacAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The groups that the kernel listens to on a [TapInterface].
class TapGroupsTest {
    private static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:09");
    private static final MacAddress ALL = MacAddress.parse("01:00:5e:00:00:01");
    private static final int ADDRESSES = 2000;
    private static final long PATIENCE_NS = 20_000_000_000L;
    private static final long PAUSE_NS = 10_000_000;

    @TempDir private Path folder;

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

    @Test
    void shouldGoOnReadingAfterAnInterrupt() {
        try (TapInterface tap = TapInterface.open("fngroups0", "wan", MAC, 1500)) {
            assertThat(tap.listened()).contains(ALL);
            Thread.currentThread().interrupt();
            Set<MacAddress> meanwhile = tap.listened();
            assertThat(Thread.interrupted()).as("the interrupt is left to others").isTrue();
            assertThat(meanwhile).contains(ALL);
            assertThat(tap.listened()).contains(ALL);
        }
    }

    /// Each address of IPv6 has a group of its own. A line of the list has some 45 bytes.
    @Test
    void shouldReadAListOfAnyLength() throws IOException {
        StringBuilder commands = new StringBuilder();
        for (int i = 0; i < ADDRESSES; i++) {
            commands.append("address add 2001:db8::%x/128 dev fngroups0 nodad\n".formatted(i));
        }
        Path batch = Files.writeString(folder.resolve("batch"), commands, US_ASCII);
        try (TapInterface tap = TapInterface.open("fngroups0", "wan", MAC, 1500)) {
            tap.mirror(MAC, 1500, true);
            namespace.inside("sysctl", "-qw", "net.ipv6.conf.fngroups0.disable_ipv6=0");
            namespace.inside("ip", "-batch", batch.toString());
            assertThat(listened(tap, ADDRESSES)).contains(ALL).hasSizeGreaterThan(ADDRESSES);
        }
    }

    /// The kernel joins the group of an address some time after it has taken the address.
    private static Set<MacAddress> listened(TapInterface tap, int more) {
        long since = System.nanoTime();
        Set<MacAddress> groups = tap.listened();
        while (groups.size() <= more && System.nanoTime() - since < PATIENCE_NS) {
            LockSupport.parkNanos(PAUSE_NS);
            groups = tap.listened();
        }
        return groups;
    }

    @Test
    void shouldKeepWhatWasReadLastWhenTheListCannotBeRead() throws IOException {
        Path list =
                Files.writeString(
                        folder.resolve("list"),
                        """
                        3    veth0           1     0     01005e000001
                        4    fngroups0       1     0     01005e000005
                        4    fngroups9       1     0     333300000001
                        5    fngroups0       1     0     333300000002
                        """);
        KernelGroups groups = new KernelGroups(list, "fngroups0");
        assertThat(groups.read(4))
                .containsExactlyInAnyOrder(
                        MacAddress.parse("01:00:5e:00:00:05"),
                        MacAddress.parse("33:33:00:00:00:01"));
        Files.writeString(list, "4    fngroups0       1     0     01005e000005\n");
        assertThat(groups.read(4)).containsExactly(MacAddress.parse("01:00:5e:00:00:05"));
        groups.close(); // so nothing can be read
        assertThat(groups.read(4)).containsExactly(MacAddress.parse("01:00:5e:00:00:05"));
    }
}
