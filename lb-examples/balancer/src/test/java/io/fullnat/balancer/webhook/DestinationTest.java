// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.IpPrefix;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Where a webhook's requests may go.
class DestinationTest {
    private static InetAddress[] all(String... literals) {
        return List.of(literals).stream().map(InetAddress::ofLiteral).toArray(InetAddress[]::new);
    }

    private static Destination named(String... literals) {
        return new Destination("hooks.example", List.of(), name -> all(literals));
    }

    /// A literal is what the operator has written; nobody is asked for it.
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "169.254.1.1", "2001:db8::1"})
    void aLiteralIsUsedAsItStands(String host) throws IOException {
        Destination destination =
                new Destination(
                        host,
                        List.of(),
                        name -> {
                            throw new AssertionError("asked for " + name);
                        });
        InetAddress address = destination.address(0);
        assertThat(address).isEqualTo(InetAddress.ofLiteral(host));
        assertThat(address.getHostName()).as("without asking").isEqualTo(host);
    }

    @Test
    void anAddressOfThisMachineIsRefusedUnlessItIsSaid() throws IOException {
        InetAddress own = InetAddress.ofLiteral("192.0.2.7");
        Destination.Lookup lookup = name -> all("192.0.2.7");
        assertThatThrownBy(() ->
                        new Destination("hooks.example", List.of(), lookup, own::equals).address(0))
                .hasMessageContaining("on this machine or its link");
        Destination allowed =
                new Destination(
                        "hooks.example",
                        List.of(IpPrefix.parse("192.0.2.0/24")),
                        lookup,
                        own::equals);
        assertThat(allowed.address(0)).isEqualTo(own);
    }

    /// The name goes with it, for the certificate.
    @Test
    void aNameIsAskedForOnceAndPinned() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        Destination destination =
                new Destination(
                        "hooks.example",
                        List.of(),
                        name -> {
                            asked.incrementAndGet();
                            return all("192.0.2.7");
                        });
        InetAddress address = destination.address(0);
        assertThat(address.getHostAddress()).isEqualTo("192.0.2.7");
        assertThat(address.getHostName()).isEqualTo("hooks.example");
        assertThat(asked).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.255.0.9",
                "0.0.0.0",
                "169.254.169.254",
                "224.0.0.1",
                "::1",
                "::",
                "fe80::1",
                "ff02::1",
                "::ffff:127.0.0.1"
            })
    void aNameThatLeadsToThisMachineOrItsLinkIsRefused(String address) {
        assertThatThrownBy(() -> named(address).address(0))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("hooks.example leads to ")
                .hasMessageContaining("on this machine or its link");
    }

    /// Rebinding: the second answer is another.
    @Test
    void aNameThatTurnsToLoopbackIsRefusedFromThenOn() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        Destination destination =
                new Destination(
                        "hooks.example",
                        List.of(),
                        name -> asked.getAndIncrement() == 0 ? all("192.0.2.7") : all("127.0.0.1"));
        assertThat(destination.address(0).getHostAddress()).isEqualTo("192.0.2.7");
        assertThatThrownBy(() -> destination.address(0)).isInstanceOf(IOException.class);
    }

    /// What some resolvers take for addresses is a name here.
    @ParameterizedTest
    @ValueSource(strings = {"127.1", "2130706433", "0x7f.1", "localhost"})
    void whatOnlyLooksLikeAnAddressIsAName(String host) {
        Destination destination = new Destination(host, List.of(), InetAddress::getAllByName);
        assertThatThrownBy(() -> destination.address(0)).isInstanceOf(IOException.class);
    }

    @Test
    void ofSeveralAddressesAnotherIsTriedEachTime() throws IOException {
        Destination destination = named("127.0.0.1", "192.0.2.7", "2001:db8::7");
        assertThat(destination.address(0).getHostAddress()).isEqualTo("192.0.2.7");
        assertThat(destination.address(1).getHostAddress()).isEqualTo("2001:db8:0:0:0:0:0:7");
        assertThat(destination.address(2).getHostAddress()).isEqualTo("192.0.2.7");
    }

    @Test
    void networksSayWhereANameMayLead() throws IOException {
        List<IpPrefix> networks =
                List.of(IpPrefix.parse("127.0.0.0/8"), IpPrefix.parse("2001:db8::/32"));
        assertThat(
                        new Destination("hooks.example", networks, name -> all("127.0.0.1"))
                                .address(0)
                                .getHostAddress())
                .isEqualTo("127.0.0.1");
        assertThat(
                        new Destination("hooks.example", networks, name -> all("2001:db8::9"))
                                .address(0)
                                .getHostAddress())
                .isEqualTo("2001:db8:0:0:0:0:0:9");
        assertThatThrownBy(() ->
                        new Destination("hooks.example", networks, name -> all("192.0.2.7"))
                                .address(0))
                .hasMessageContaining("leads to 192.0.2.7, which is outside of `networks`");
    }

    @Test
    void aNameWithoutAddressIsAFailureInWords() {
        Destination unknown =
                new Destination(
                        "hooks.example",
                        List.of(),
                        name -> {
                            throw new UnknownHostException(name);
                        });
        assertThatThrownBy(() -> unknown.address(0))
                .isInstanceOf(IOException.class)
                .hasMessage("no address of hooks.example is known");
    }
}
