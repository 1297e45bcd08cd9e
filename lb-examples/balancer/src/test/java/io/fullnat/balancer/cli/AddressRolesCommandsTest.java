// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What an address may be at once: command lines of all three grammars, in either order.
class AddressRolesCommandsTest {
    private static final int INVALID = 2;
    private static final int ADDRESS_IN_USE = 23;
    private static final List<String> OURS =
            List.of(
                    "dpip addr add IP/32 dev lan",
                    "address add IP lan",
                    "ipvsadm -A -t IP:81",
                    "service add udp IP:53",
                    "ipvsadm -P -z IP -t 192.0.2.80:80 -F lan",
                    "laddr add tcp 192.0.2.80:80 IP lan");
    private static final List<String> OTHERS =
            List.of(
                    "ipvsadm -a -t 192.0.2.80:80 -r IP:9090 -b",
                    "server add tcp 192.0.2.80:80 IP:9090",
                    "dpip route add 10.50.0.0/16 via IP dev lan",
                    "route add 10.50.0.0/16 lan --via IP",
                    "dpip neigh add IP lladdr 02:00:00:00:00:99 dev lan",
                    "neighbour add IP 02:00:00:00:00:99 lan");

    private final CommandRig rig = CommandRig.withService();

    @AfterEach
    void close() {
        rig.close();
    }

    private static Stream<Arguments> pairs() {
        return OURS.stream()
                .flatMap(own ->
                        OTHERS.stream()
                                .flatMap(other ->
                                        Stream.of(
                                                Arguments.of(own, other),
                                                Arguments.of(other, own))));
    }

    @ParameterizedTest(name = "{0}, then {1}")
    @MethodSource("pairs")
    void anAddressIsOursOrAnothers(String first, String second) {
        rig.done(first.replace("IP", "10.0.1.50"));

        rig.refused(ADDRESS_IN_USE, second.replace("IP", "10.0.1.50"), "10.0.1.50", "; ");
    }

    private static Stream<String> all() {
        return Stream.concat(OURS.stream(), OTHERS.stream());
    }

    @ParameterizedTest
    @MethodSource("all")
    void whatNoHostHasIsNothing(String line) {
        for (String address : List.of("10.0.1.0", "10.0.1.255", "127.0.0.1", "224.0.0.1")) {
            rig.refused(INVALID, line.replace("IP", address), address);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dpip addr del 192.0.2.80/32 dev wan",
                "dpip addr flush dev wan",
                "address remove 192.0.2.80 wan",
                "address flush wan"
            })
    void aVirtualAddressGoesByForceOnly(String line) {
        rig.done("dpip addr add 192.0.2.80/32 dev wan");

        rig.refused(ADDRESS_IN_USE, line, "192.0.2.80", "TCP 192.0.2.80:80", "--force");
        rig.done(line + " --force");
        rig.assertGone("192.0.2.80");
    }

    /// As a script tears down what it has set up.
    @Test
    void withoutItsServicesAVirtualAddressGoes() {
        rig.done("dpip addr add 192.0.2.80/32 dev wan");
        rig.done("ipvsadm -C");
        rig.done("dpip addr del 192.0.2.80/32 dev wan");
        rig.done("dpip addr flush dev wan");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dpip addr show -F", "dpip addr add 10.0.1.9/32 dev lan --force"})
    void forceBelongsToWhatItIsFor(String line) {
        rig.refused(3, line, "force");
    }
}
