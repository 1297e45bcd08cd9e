// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.AccessRule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Files with addresses of IPv6, and of both families.
final class BothFamiliesFileTest {
    private static final String FILE =
            """
            ports:
              - {name: out, device: "null:", mtu: 1500}
              - {name: in, device: "null:"}
            addresses:
              - {address: 198.51.100.2/24, device: out}
              - {address: 2001:db8::2/64, device: out}
              - {address: "2001:DB8:0::80/128", device: out}
              - {address: 192.0.2.80/32, device: out}
              - address: fe80::5/64
                device: in
            routes:
              - {to: "::/0", via: fe80::1, device: out}
              - {to: 0.0.0.0/0, via: 198.51.100.1, device: out}
              - {to: 2001:db8:8::/48, via: 2001:db8::1, device: out}
              - to: 2001:db8:9::/48
                device: in
            neighbours:
              - {address: 2001:db8::1, mac: 02:00:00:00:00:02, device: out}
            services:
              - protocol: tcp
                address: "[2001:db8::80]:443"
                deny: [2001:db8:bad::/48, "2001:db8:f::7"]
                allow: ["::/0"]
                servers:
                  - {address: "[2001:db8:1::11]:8443"}
                  - {address: 10.0.1.11:8443}
                locals:
                  - {address: 2001:db8:1::100, device: in}
                  - {address: 10.0.1.100, device: in}
              - protocol: udp
                address: 192.0.2.80:53
                servers: [{address: "[2001:db8:1::53]:53"}]
                locals: [{address: 2001:db8:1::100, device: in}]
            """;

    @Test
    void aLinkLocalAddressMayBeOnSeveralDevices() {
        Configuration read =
                ConfigurationFile.parse(
                        "f",
                        FILE.replace(
                                "{address: 192.0.2.80/32, device: out}",
                                "{address: 192.0.2.80/32, device: out}\n"
                                        + "  - {address: fe80::5/64, device: out}"));
        assertThat(read.addresses())
                .contains(
                        InterfaceAddress.of("fe80::5/64", "in"),
                        InterfaceAddress.of("fe80::5/64", "out"));
    }

    @Test
    void addressesOfBothFamiliesAreRead() {
        Configuration read = ConfigurationFile.parse("f", FILE);

        assertThat(read.addresses())
                .contains(
                        InterfaceAddress.of("2001:db8::80/128", "out"),
                        InterfaceAddress.of("fe80::5/64", "in"));
        assertThat(read.routes())
                .contains(
                        Route.via("::/0", "fe80::1", "out"), Route.onLink("2001:db8:9::/48", "in"));
        assertThat(read.services().getFirst().key().endpoint())
                .isEqualTo(Endpoint.of("2001:db8::80", 443));
        assertThat(read.services().getFirst().accessRules())
                .contains(AccessRule.deny("2001:db8:f::7"), AccessRule.allow("::/0"));
    }

    /// Without braces a colon in front is text.
    @ParameterizedTest
    @ValueSource(strings = {"to: ::/0", "to: '::/0'", "to: 0::/0"})
    void theWholeOfIpv6IsANetwork(String to) {
        String file = "ports: [{name: in, device: 'null:'}]\nroutes:\n  - device: in\n    " + to;

        assertThat(ConfigurationFile.parse("f", file).routes())
                .containsExactly(Route.onLink("::/0", "in"));
    }

    @Test
    void whatBeginsWithAColonIsQuotedWithinBraces() {
        assertThatThrownBy(() -> ConfigurationFile.parse("f", "routes: [{to: ::/0, device: in}]"))
                .hasMessageContaining("f:1: not YAML")
                .hasMessageContaining("in quotes, as in \"::/0\"");
    }

    @Test
    void whatIsWrittenIsReadAsTheSame() {
        Configuration read = ConfigurationFile.parse("f", FILE);
        String written = ConfigurationWriter.write(read);
        Configuration again = ConfigurationFile.parse("written", written);

        assertThat(ConfigurationWriter.write(again)).isEqualTo(written);
        assertThat(again.services()).containsExactlyInAnyOrderElementsOf(read.services());
        assertThat(again.routes()).containsExactlyInAnyOrderElementsOf(read.routes());
        assertThat(again.addresses()).containsExactlyInAnyOrderElementsOf(read.addresses());
        assertThat(again.neighbours()).isEqualTo(read.neighbours());
    }

    /// Each with the line, the key and what to do about it.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "2001:db8::2/64  | 2001:db8::2         | f:6: addresses[1].address: \"2001:db8::2\""
                        + " has no prefix length; write 2001:db8::2/128",
                "2001:db8::2/64  | 2001:db8::2/129     | f:6: addresses[1].address: prefix length 129"
                        + " of 2001:db8::2 is not 0-128",
                "2001:db8::2/64  | 2001:db8::80/64     | f:7: addresses[2].address: 2001:db8::80 is"
                        + " there twice",
                "2001:db8::2/64  | ff02::2/64          | f:6: addresses[1].address: ff02::2 is not an"
                        + " address of one host",
                "2001:db8::2/64  | 2001:db8:2::/64     | f:6: addresses[1].address: address",
                "2001:db8::2/64  | \"::ffff:10.0.0.1/128\" | f:6: addresses[1].address: ::ffff:10.0.0.1 is"
                        + " an IPv4 address in IPv6's form",
                "mtu: 1500       | mtu: 1279           | f:6: addresses[1].address: address"
                        + " 2001:db8::2/64 dev out: out has an MTU of 1279, and IPv6 needs 1280",
                "via: 2001:db8::1| via: 2001:db8:5::1  | f:14: routes[2].via: 2001:db8:5::1 is on no"
                        + " network of out",
                "via: fe80::1    | via: 198.51.100.1   | f:12: routes[0].via: gateway of the"
                        + " route ::/0 via 198.51.100.1 dev out: 198.51.100.1 is an IPv4 address",
                "to: 2001:db8:8::/48 | to: 2001:db8:8::1/48 | f:14: routes[2].to: 2001:db8:8::1/48 has"
                        + " bits beyond its length; write 2001:db8:8::/48",
                "to: 2001:db8:9::/48 | to: 2001:db8:8:0::/48 | there are two routes to"
                        + " 2001:db8:8::/48",
                "\"[2001:db8::80]:443\" | 2001:db8::80:443 | services[0].address:"
                        + " \"2001:db8::80:443\" has no brackets",
                "\"[2001:db8::80]:443\" | \"[2001:db8::81]:443\" | no entry of addresses is"
                        + " 2001:db8::81; add it there as 2001:db8::81/128",
                "allow: [\"::/0\"] | allow: [0.0.0.0/0]  | f:21: services[0].address: access rule \"allow"
                        + " 0.0.0.0/0\"",
                "2001:db8:f::7   | 2001:DB8:BAD:0::/48 | services[0].deny[1]: 2001:db8:bad::/48 is"
                        + " there twice",
                "10.0.1.11:8443  | \"[2001:db8:1:0::11]:8443\" | [2001:db8:1::11]:8443 is there twice",
                "2001:db8:1::53  | fe80::53            | fe80::53 holds on one link only",
                "10.0.1.100      | 2001:db8:1::101     | real server 10.0.1.11:8443 of TCP"
                        + " [2001:db8::80]:443: the service has no local address of IPv4",
            })
    void saysWhatIsWrong(String right, String wrong, String said) {
        assertThat(FILE).contains(right);
        assertThatThrownBy(() -> ConfigurationFile.parse("f", FILE.replace(right, wrong)))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining(said);
    }
}
