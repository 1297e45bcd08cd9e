// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.ActiveCondition;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Condition;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.InterfaceAddress;
import java.net.InetAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Neighbours of IPv6 that are a kernel's: it finds the balancer, keeps it, and neither takes the
/// other's address.
@NetworkTest
class DiscoveryIT {
    private static final String OURS = "2001:db8:6::1";
    private static final String VIRTUAL = "2001:db8:6::80";
    private static final String KERNELS = "2001:db8:6::2";
    private static final int PING_MS = 1_000;

    private final Scene scene = new Scene(1);

    @BeforeEach
    void speakIpv6() {
        NetworkCondition.requireIpv6();
        scene.lab.client().setting("ipv6/conf/eth0/disable_ipv6", "0");
        // So that a minute's doubts come up within seconds.
        scene.lab.client().setting("ipv6/neigh/eth0/base_reachable_time_ms", "2000");
        scene.lab.client().setting("ipv6/neigh/eth0/delay_first_probe_time", "1");
        scene.lab.client().ip("address", "add", KERNELS + "/64", "dev", "eth0", "nodad");
    }

    @AfterEach
    void close() {
        scene.close();
    }

    private void add(String prefix) {
        scene.balancer
                .engine()
                .control()
                .apply(new Change.AddAddress(InterfaceAddress.of(prefix, "outside")));
    }

    private boolean ping(String address) {
        return scene.lab.client().call(() -> InetAddress.ofLiteral(address).isReachable(PING_MS));
    }

    private String neighbours() {
        return scene.lab.client().ip("-6", "neigh", "show", "dev", "eth0");
    }

    private long count(Counter counter) {
        return scene.balancer.engine().counters().total(counter);
    }

    // N01, N05: one ping is no proof.

    @Test
    void n01TheKernelFindsUsAndKeepsUsFor20Seconds() throws Exception {
        add(OURS + "/64");
        add(VIRTUAL + "/128");
        Thread.sleep(1_500);
        for (int tenth = 0; tenth < 40; tenth++) {
            assertThat(ping(OURS)).as("%d", tenth).isTrue();
            assertThat(ping(VIRTUAL)).as("%d", tenth).isTrue();
            Thread.sleep(500);
            assertThat(neighbours()).doesNotContain("FAILED");
        }
        assertThat(neighbours())
                .as("probes are answered by unicast, and believed")
                .containsPattern(OURS + " lladdr [0-9a-f:]+ (REACHABLE|DELAY|STALE|PROBE)")
                .doesNotContain(" router");
        assertThat(count(Counter.NEIGHBOUR_ADVERTISEMENTS))
                .as("asked again and again")
                .isGreaterThan(6);
        assertThat(scene.balancer.engine().counters().total(Outcome.BAD_DISCOVERY)).isZero();
    }

    @Test
    void theKernelFindsThatTheAddressIsOurs() throws Exception {
        add(OURS + "/64");
        Shell.until("our address", () -> ping(OURS)); // a tentative one is not answered for
        scene.lab.client().ip("address", "add", OURS + "/64", "dev", "eth0");
        Thread.sleep(3_000);
        assertThat(scene.lab.client().ip("-6", "address", "show", "dev", "eth0"))
                .containsPattern(OURS + "/64 .*dadfailed");
        scene.lab.client().ip("address", "del", OURS + "/64", "dev", "eth0");
        assertThat(ping(OURS)).isTrue();
    }

    @Test
    void weFindThatTheAddressIsTheKernels() throws Exception {
        add(KERNELS + "/64");
        Thread.sleep(2_500);
        assertThat(scene.balancer.engine().control().health().conditions())
                .extracting(ActiveCondition::condition)
                .contains(Condition.ADDRESS_CONFLICT);
        assertThat(count(Counter.UNSOLICITED_ADVERTISEMENTS))
                .as("the link-local address alone is announced")
                .isLessThan(3);
    }
}
