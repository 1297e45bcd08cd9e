// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static io.fullnat.core.stack.TestNetwork.own;
import static io.fullnat.core.stack.TestNetwork.route;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.MacAddress;
import io.fullnat.api.network.ReversePath;
import io.fullnat.core.stack.NetworkView.Own;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinkLocalsTest {
    private static final List<Device> DEVICES =
            List.of(
                    device(0, "02:00:00:00:00:02", 0),
                    device(1, "02:00:00:00:00:02", 100),
                    device(2, "34:56:78:9a:bc:de", 0));

    private static Device device(int index, String mac, int vlan) {
        return new Device(
                index, "d" + index, 0, vlan, MacAddress.parse(mac).bits(), 1500, ReversePath.OFF);
    }

    private static LinkLocals of(List<Own> owned, RouteTable.Entry... routes) {
        return new LinkLocals(DEVICES, owned, new RouteTable(List.of(routes)));
    }

    private static String name(Own own) {
        return own.device() + " " + TestNetwork.name(own.high(), own.low());
    }

    private static boolean isOf(LinkLocals all, int device, String address) {
        long[] halves = TestNetwork.halves(address);
        return all.isOf(device, halves[0], halves[1]);
    }

    /// The first is the example of RFC 4291 appendix A.
    @ParameterizedTest
    @CsvSource({
        "34:56:78:9a:bc:de, 0x3656_78ff_fe9a_bcde",
        "00:00:00:00:00:00, 0x0200_00ff_fe00_0000",
        "ff:ff:ff:ff:ff:ff, 0xfdff_ffff_feff_ffff",
        "02:00:00:00:00:02, 0x0000_00ff_fe00_0002"
    })
    void aMacAddressGivesTheLastHalf(String mac, String half) {
        assertThat(LinkLocals.fromMac(MacAddress.parse(mac).bits()))
                .isEqualTo(Long.parseUnsignedLong(half.substring(2).replace("_", ""), 16));
    }

    @Test
    void onlyADeviceWhereIpv6IsUsedHasOne() {
        LinkLocals all = of(List.of(own("10.0.0.1/24", 0, false), own("2001:db8::1/64", 2, false)));
        assertThat(all.of(0)).isNull();
        assertThat(all.of(1)).isNull();
        assertThat(name(requireNonNull(all.of(2)))).isEqualTo("2 fe80::3656:78ff:fe9a:bcde");
        assertThat(requireNonNull(all.of(2)).length()).isEqualTo(64);
        assertThat(all.generated()).containsExactly(requireNonNull(all.of(2)));
    }

    @Test
    void aRouteOfIpv6IsAUse() {
        LinkLocals all =
                of(
                        List.of(),
                        route("2001:db8::/32", RouteTable.Hop.onLink(1)),
                        route("10.0.0.0/8", RouteTable.Hop.onLink(0)));
        assertThat(all.generated()).map(LinkLocalsTest::name).containsExactly("1 fe80::ff:fe00:2");
    }

    @Test
    void vlansOfAPortHaveTheSameEachOnItsLink() {
        LinkLocals all =
                of(List.of(own("2001:db8::1/64", 0, false), own("2001:db8:1::1/64", 1, false)));
        assertThat(all.generated())
                .map(LinkLocalsTest::name)
                .containsExactly("0 fe80::ff:fe00:2", "1 fe80::ff:fe00:2");
        assertThat(isOf(all, 0, "fe80::ff:fe00:2")).isTrue();
        assertThat(isOf(all, 1, "fe80::ff:fe00:2")).isTrue();
        assertThat(isOf(all, 2, "fe80::ff:fe00:2")).isFalse();
        assertThat(isOf(all, 0, "fe80::ff:fe00:3")).isFalse();
        assertThat(isOf(all, 0, "fe80:0:0:1:0:ff:fe00:2")).isFalse();
        assertThat(isOf(all, 0, "2001:db8::1")).as("not link-local").isFalse();
    }

    @Test
    void aConfiguredOneStandsInItsPlaceTheFirstIfThereAreSeveral() {
        LinkLocals all =
                of(
                        List.of(
                                own("2001:db8::1/64", 0, false),
                                own("fe80::7/64", 0, false),
                                own("fe80::8/64", 0, false),
                                own("fe80::9/64", 2, false)));
        assertThat(all.generated()).isEmpty();
        assertThat(name(requireNonNull(all.of(0)))).isEqualTo("0 fe80::7");
        assertThat(name(requireNonNull(all.of(2)))).isEqualTo("2 fe80::9");
        assertThat(isOf(all, 0, "fe80::8")).as("it answers for all").isTrue();
        assertThat(isOf(all, 2, "fe80::8")).isFalse();
        assertThat(isOf(all, 0, "fe80::ff:fe00:2")).isFalse();
    }

    /// In this order they are looked after: one asks for others from a link-local address.
    @Test
    void ownAddressesOfIpv6AreInOrderLinkLocalOnesFirst() {
        LinkLocals all =
                of(
                        List.of(
                                own("2001:db8::1/64", 0, false),
                                own("10.0.0.1/24", 0, false),
                                own("fe80::9/64", 2, false)));
        assertThat(all.all())
                .map(LinkLocalsTest::name)
                .containsExactly("0 fe80::ff:fe00:2", "2 fe80::9", "0 2001:db8::1");
    }
}
