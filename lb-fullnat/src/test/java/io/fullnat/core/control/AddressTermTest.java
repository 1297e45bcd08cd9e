// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.WEB;
import static io.fullnat.core.control.ControlRig.ip;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.AddressKey;
import io.fullnat.api.network.AddressLifetime;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.core.packet.PacketBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Interface addresses with lifetimes (RFC 4862 §5.5.4).
class AddressTermTest {
    private static final InterfaceAddress OTHER = InterfaceAddress.of("10.0.1.200/24", "lan");

    private final ControlRig rig = new ControlRig();
    private int port = 40_000;

    @AfterEach
    void close() {
        rig.close();
    }

    private static Change.AddAddress add(InterfaceAddress address, long valid, long preferred) {
        return new Change.AddAddress(address.withLifetime(new AddressLifetime(valid, preferred)));
    }

    private void passSeconds(long seconds) {
        rig.pass(Duration.ofSeconds(seconds));
    }

    private void assertRemaining(String address, long valid, long preferred) {
        assertThat(rig.address(address).orElseThrow().address().lifetime())
                .isEqualTo(new AddressLifetime(valid, preferred));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.1.200/24", "2001:db8:1::200/64"})
    void isDeprecatedAndRemovedAtTheSecond(String prefix) {
        InterfaceAddress address = InterfaceAddress.of(prefix, "lan");
        String host = address.prefix().address().toString();
        List<BalancerEvent> events = new ArrayList<>();
        rig.balancer.control().listen(events::add);
        rig.apply(add(address, 60, 30));
        assertRemaining(host, 60, 30);

        rig.pass(Duration.ofMillis(29_999));
        assertThat(rig.address(host)).get().matches(status -> !status.isDeprecated());
        assertRemaining(host, 31, 1);
        rig.pass(Duration.ofMillis(1));
        assertThat(rig.address(host))
                .get()
                .matches(AddressStatus::isDeprecated)
                .extracting(AddressStatus::state)
                .as("not asked for again")
                .isEqualTo(AddressStatus.State.VALID);
        assertRemaining(host, 30, 0);

        rig.pass(Duration.ofMillis(29_999));
        assertThat(rig.address(host)).isPresent();
        long revision = rig.status().revision();
        events.clear();
        rig.pass(Duration.ofMillis(1));
        assertThat(rig.address(host)).isEmpty();
        assertThat(rig.balancer.control().desired().addresses()).isEmpty();
        assertThat(events)
                .contains(
                        new BalancerEvent.Applied(
                                revision + 1,
                                List.of(
                                        new Change.RemoveAddress(
                                                address.withLifetime(
                                                        new AddressLifetime(60, 30))))));
    }

    @Test
    void addedAgainItsLifetimeBeginsAnew() {
        rig.apply(add(OTHER, 60, 30));
        passSeconds(40);
        assertRemaining("10.0.1.200", 20, 0);
        rig.apply(add(OTHER, 60, 30));
        assertRemaining("10.0.1.200", 60, 30);
        passSeconds(59);
        assertRemaining("10.0.1.200", 1, 0);
        rig.apply(new Change.AddAddress(OTHER));
        passSeconds(1_000_000);
        assertThat(rig.address("10.0.1.200")).get().matches(status -> !status.isDeprecated());

        rig.apply(add(OTHER, 5, 5));
        rig.refuses(
                ErrorCode.ADDRESS_EXISTS,
                List.of("10.0.1.200", "valid_lft 5"),
                add(InterfaceAddress.of("10.0.1.200/25", "lan"), 60, 60));
        passSeconds(5);
        assertThat(rig.address("10.0.1.200")).isEmpty();
        rig.apply(new Change.AddAddress(OTHER));
        rig.refuses(ErrorCode.ADDRESS_EXISTS, List.of("10.0.1.200"), new Change.AddAddress(OTHER));
    }

    @Test
    void aRemovedAddressIsForgottenWithItsLifetime() {
        rig.apply(add(OTHER, 10, 5));
        rig.apply(new Change.RemoveAddress(OTHER));
        rig.apply(new Change.AddAddress(OTHER));
        passSeconds(20);
        assertThat(rig.address("10.0.1.200")).get().matches(status -> !status.isDeprecated());
    }

    @Test
    void staysWhileServicesNeedIt() {
        rig.configured();
        InterfaceAddress virtual =
                new InterfaceAddress(IpPrefix.parse(WEB.endpoint().address() + "/32"), "wan");
        InterfaceAddress local = InterfaceAddress.of(ControlRig.LOCAL + "/24", "lan");
        rig.apply(add(virtual, 10, 10), add(local, 10, 10));
        passSeconds(100);
        assertRemaining(ControlRig.LOCAL, 0, 0);
        assertRemaining(WEB.endpoint().address().toString(), 0, 0);
        assertThat(rig.connect(40_000)).as("connections").isNotEmpty();

        rig.apply(new Change.RemoveService(WEB));
        assertThat(rig.balancer.control().desired().addresses())
                .doesNotContainKeys(
                        AddressKey.of(WEB.endpoint().address()),
                        AddressKey.of(ip(ControlRig.LOCAL)));
    }

    @Test
    void refusesLifetimesThatEndAtOnceOrAreTheKernels() {
        rig.refuses(
                ErrorCode.INVALID_ARGUMENT,
                List.of("10.0.1.200", "valid lifetime of 0"),
                add(OTHER, 0, 0));
        try (ControlRig kernel = ControlRig.withKernel()) {
            kernel.refuses(
                    ErrorCode.INVALID_ARGUMENT,
                    List.of("10.0.1.200", "kernel"),
                    add(OTHER.ofKernel(), 60, 60));
        }
    }

    @Test
    void speaksFromAnotherAddressWhileDeprecatedAndIsStillAnswered() {
        rig.apply(
                new Change.AddAddress(InterfaceAddress.of("192.0.2.1/24", "wan")),
                add(InterfaceAddress.of("10.0.1.1/24", "lan"), 60, 30),
                new Change.AddAddress(OTHER),
                new Change.AddService(ControlRig.service(WEB)));
        assertThat(askedFrom()).isEqualTo("10.0.1.1");
        passSeconds(30);
        assertThat(askedFrom()).isEqualTo("10.0.1.200");
        assertThat(echo("10.0.1.1")).isTrue();
        rig.apply(add(InterfaceAddress.of("10.0.1.1/24", "lan"), 60, 30));
        assertThat(askedFrom()).isEqualTo("10.0.1.1");
        rig.apply(new Change.RemoveAddress(OTHER));
        passSeconds(30);
        assertThat(askedFrom()).as("no other fits").isEqualTo("10.0.1.1");
        passSeconds(30);
        assertThat(echo("10.0.1.1")).isFalse();
    }

    /// The sender of the question for the real server's MAC address that a connection brings about.
    private String askedFrom() {
        rig.apply(new Change.FlushNeighbours(Optional.empty()));
        return rig.connect(port++).stream()
                .filter(frame -> frame[13] == 6)
                .map(frame -> text(frame, 28))
                .findFirst()
                .orElse("nobody");
    }

    private boolean echo(String address) {
        return rig
                .ask(
                        PacketBuilder.ethernet(ControlRig.SERVER_MAC, ControlRig.LAN_MAC)
                                .ipv4("10.0.1.77", address)
                                .echoRequest(1, 1))
                .stream()
                .anyMatch(frame -> frame[13] == 0 && text(frame, 26).equals(address));
    }

    private static String text(byte[] frame, int at) {
        return (frame[at] & 0xff)
                + "."
                + (frame[at + 1] & 0xff)
                + "."
                + (frame[at + 2] & 0xff)
                + "."
                + (frame[at + 3] & 0xff);
    }
}
