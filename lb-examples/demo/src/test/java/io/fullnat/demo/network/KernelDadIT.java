// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.demo.lab.LabFamily;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A kernel beside the balancer that looks, as kernels do, whether an address of IPv6 is another
/// station's before it uses it (RFC 4862 §5.4): the balancer, which may have the same address, is
/// none; a station of the link is (X02).
@NetworkTest
class KernelDadIT {
    private static final LabFamily FAMILY = LabFamily.IPV6;

    private @Nullable KernelScene opened;

    @BeforeAll
    static void requireIpv6() {
        NetworkCondition.requireIpv6();
    }

    @BeforeEach
    void build() throws InterruptedException {
        opened = KernelScene.open("");
        String conf = "ipv6/conf/" + KernelScene.KERNEL + "/";
        scene().kernel().setting(conf + "accept_dad", "1");
        scene().kernel().setting(conf + "dad_transmits", "2");
        scene().kernel().setting(conf + "keep_addr_on_down", "1");
    }

    @AfterEach
    void close() {
        if (opened != null) {
            opened.close();
        }
    }

    private KernelScene scene() {
        return requireNonNull(opened);
    }

    /// Gives the kernel an address, which it looks for first.
    private void add(String address) {
        scene().kernel().ip("address", "add", address, "dev", KernelScene.KERNEL);
    }

    private String addresses() {
        return scene().kernel().ip("-6", "address", "show", "dev", KernelScene.KERNEL);
    }

    @Test
    void x02AnAddressThatTheBalancerHasTooIsNoDuplicate() throws Exception {
        long sent = scene().count(Counter.KERNEL_FRAMES);
        add(FAMILY.outside());
        assertThat(addresses()).contains(FAMILY.gateway() + "/").contains("tentative");
        Shell.until("looked for", () -> !addresses().contains("tentative"));
        assertThat(addresses()).doesNotContain("dadfailed");
        assertThat(scene().count(Counter.KERNEL_FRAMES))
                .as("it has asked the link, by the port")
                .isGreaterThan(sent);

        scene().kernel().ip("link", "set", KernelScene.KERNEL, "down");
        scene().kernel().ip("link", "set", KernelScene.KERNEL, "up");
        Shell.until("there again", () -> !addresses().contains("tentative"));
        assertThat(addresses()).contains(FAMILY.gateway() + "/").doesNotContain("dadfailed");

        scene().lab.client().ip("link", "set", "eth0", "down");
        Shell.until("no carrier", () -> scene().link().contains("no-carrier"));
        scene().lab.client().ip("link", "set", "eth0", "up");
        Shell.until("carrier", () -> scene().link().contains("lower_up"));
        Shell.until("used again", () -> !addresses().contains("tentative"));
        assertThat(addresses()).contains(FAMILY.gateway() + "/").doesNotContain("dadfailed");
    }

    @Test
    void x02AnAddressOfAnotherStationIsOne() throws Exception {
        add(FAMILY.client() + "/64");
        Shell.until("heard of", () -> addresses().contains("dadfailed"));
    }
}
