// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.SERVER_MAC;
import static io.fullnat.core.control.ControlRig.ip;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.MacAddress;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.packet.NdFrames;
import io.fullnat.core.packet.PacketBuilder;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Whether own addresses of IPv6 are ours alone is read by any thread (RFC 4862 §5.4), by
/// [AddressLister].
class AddressListerTest {
    private static final String OWN = "2001:db8:1::1";

    private final ControlRig rig = ControlRig.withKernel();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void anAddressIsTentativeForASecond() {
        add(OWN + "/64", "lan");
        add("10.0.1.1/24", "lan");
        assertState(OWN, AddressStatus.State.TENTATIVE);
        assertState("10.0.1.1", AddressStatus.State.VALID);

        rig.pass(Duration.ofMillis(900));
        assertState(OWN, AddressStatus.State.TENTATIVE);
        rig.pass(Duration.ofMillis(200));
        assertState(OWN, AddressStatus.State.VALID);
    }

    @Test
    void aLinkLocalAddressThatNobodyHasConfiguredIsListedAsGenerated() {
        add("2001:db8:5::1/64", "lan.5");
        add(OWN + "/64", "lan");
        assertThat(rig.balancer.network().addresses().stream().filter(AddressStatus::generated))
                .extracting(status -> status.address().toString())
                .as("VLANs of a port have the same")
                .containsExactlyInAnyOrder(
                        "fe80::ff:fe00:2/64 dev lan", "fe80::ff:fe00:2/64 dev lan.5");
        assertThat(rig.balancer.network().addresses().stream().filter(AddressStatus::generated))
                .allMatch(status -> status.state() == AddressStatus.State.TENTATIVE)
                .noneMatch(AddressStatus::isDraining);
        rig.pass(Duration.ofMillis(1_100));
        assertThat(rig.balancer.network().addresses().stream().filter(AddressStatus::generated))
                .allMatch(status -> status.state() == AddressStatus.State.VALID);

        add("fe80::1/64", "lan");
        assertThat(rig.balancer.network().addresses().stream().filter(AddressStatus::generated))
                .extracting(status -> status.address().device())
                .containsExactly("lan.5");
        assertThat(rig.balancer.network().addresses())
                .extracting(status -> status.address().toString())
                .contains("fe80::1/64 dev lan");
    }

    @Test
    void aDuplicateNamesWhoHasIt() {
        add(OWN + "/64", "lan");
        add("2001:db8:1::2/64", "lan");
        rig.ask(claim());
        rig.pass(Duration.ofMillis(1_100));
        assertDuplicate();
        assertState("2001:db8:1::2", AddressStatus.State.VALID);

        rig.pass(Duration.ofSeconds(11));
        rig.pass(Duration.ofMillis(100));
        assertDuplicate(); // it is asked for again, and may be answered yet
        rig.ask(claim());
        rig.pass(Duration.ofSeconds(1));
        assertDuplicate();

        rig.pass(Duration.ofSeconds(11));
        rig.pass(Duration.ofMillis(1_100));
        assertState(OWN, AddressStatus.State.VALID);
    }

    @Test
    void aClaimOnAnotherLinkIsNone() {
        add(OWN + "/64", "wan");
        rig.ask(claim());
        rig.pass(Duration.ofMillis(1_100));
        assertState(OWN, AddressStatus.State.VALID);
    }

    @Test
    void aLocalAddressOfAVlanHasItsStateToo() {
        add("2001:db8:5::1/64", "lan.5");
        rig.apply(
                new Change.AddService(
                        VirtualService.of(ServiceKey.tcp("2001:db8:80::80", 80))
                                .withRealServer(RealServer.of("2001:db8:5::11", 80))
                                .withLocalAddress(LocalAddress.of("2001:db8:5::100", "lan.5"))));
        assertState("2001:db8:5::100", AddressStatus.State.TENTATIVE);
        rig.pass(Duration.ofMillis(1_100));
        assertState("2001:db8:5::100", AddressStatus.State.VALID);
    }

    /// The kernel asks for its own.
    @Test
    void ofAnAddressOfTheKernelNothingIsAsked() {
        rig.apply(new Change.AddAddress(InterfaceAddress.of(OWN + "/64", "lan").ofKernel()));
        assertState(OWN, AddressStatus.State.VALID);
        rig.pass(Duration.ofMillis(1_100));
        assertState(OWN, AddressStatus.State.VALID);
    }

    private void add(String prefix, String device) {
        rig.apply(new Change.AddAddress(InterfaceAddress.of(prefix, device)));
    }

    private void assertState(String address, AddressStatus.State state) {
        AddressStatus status = rig.address(address).orElseThrow();
        assertThat(status.state()).isEqualTo(state);
        assertThat(status.heldBy()).isEmpty();
    }

    private void assertDuplicate() {
        AddressStatus status = rig.address(OWN).orElseThrow();
        assertThat(status.state()).isEqualTo(AddressStatus.State.DUPLICATE);
        assertThat(status.heldBy()).contains(MacAddress.parse(SERVER_MAC));
        assertThat(status.address().prefix().address()).isEqualTo(ip(OWN));
    }

    /// The servers' side says that it has the address.
    private static PacketBuilder claim() {
        return NdFrames.advertisement(
                SERVER_MAC,
                OWN,
                NdFrames.groupMac(NdFrames.ALL),
                NdFrames.ALL,
                0x20,
                OWN,
                NdFrames.option(2, SERVER_MAC));
    }
}
