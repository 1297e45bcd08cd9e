// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Sets as values: what they read, what they refuse, and what they say of both.
class IpSetTest {
    private static IpSet.Builder of(String type) {
        SetType known = SetType.of(type).orElseThrow();
        IpSet.Builder builder = IpSet.builder("foo", known);
        return switch (known) {
            case BITMAP_IP, BITMAP_IP_MAC -> builder.range("192.168.0.0/16");
            case BITMAP_PORT -> builder.range("0-1024");
            default -> builder.comments(true);
        };
    }

    private static List<String> names(IpSet set) {
        return set.entries().stream().map(SetEntry::name).toList();
    }

    private static void refused(ErrorCode code, ThrowingCallable what, String... words) {
        assertThatThrownBy(what)
                .isInstanceOfSatisfying(
                        BalancerException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContainingAll(words);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bitmap:ip             | 192.168.1.32",
                "bitmap:ip,mac         | 192.168.1.1,12:34:56:78:9a:bc",
                "bitmap:ip,mac         | 192.168.2.2",
                "bitmap:port           | tcp:80",
                "bitmap:port           | 0",
                "hash:ip               | 10.100.100.100",
                "hash:net              | 192.168.0.100/30",
                "hash:net              | 0.0.0.0/0",
                "hash:ip,port          | 192.168.1.1,tcp:81",
                "hash:ip,port          | 172.27.1.5,0",
                "hash:net,port         | 192.168.100.0/25,udp:10240",
                "hash:net,port,iface   | 10.64.0.0/16,80,dpdk0",
                "hash:ip,port,ip       | 192.168.1.18,tcp:8081,192.168.2.101",
                "hash:ip,port,net      | 192.168.12.1,tcp:8080,192.168.100.0/24",
                "hash:net,port,net     | 10.60.0.0/16,tcp:10240,10.130.0.0/16",
                "hash:net,port,net,port| 10.64.68.64/29,tcp:81,10.128.11.0/24,tcp:8080"
            })
    void eachTypeReadsWhatItWrites(String type, String entry) {
        IpSet set = of(type).add(SetMember.of(entry), false).build();

        assertThat(names(set)).containsExactly(entry);
        assertThat(set.contains(entry.replaceAll("/[0-9]+", ""))).isTrue();
        IpSet again = of(type).add(set.entries().getFirst().member(), false).build();
        assertThat(again).isEqualTo(set).hasSameHashCodeAs(set);
        IpSet none = set.toBuilder().remove(SetMember.of(entry), false).build();
        assertThat(none.entries()).isEmpty();
        assertThat(none).isNotEqualTo(set);
    }

    @ParameterizedTest
    @CsvSource({
        "hash:ip, 192.168.1.0/24, 256",
        "hash:ip, 10.0.0.1-10.0.0.9, 9",
        "hash:net, 10.0.0.1-10.0.0.9, 4",
        "hash:net, 0.0.0.0-255.255.255.255, 1",
        "hash:net, 0.0.0.1-255.255.255.254, 62",
        "'hash:ip,port', '192.168.1.0/30,tcp:80-82', 12",
        "'hash:net,port,net,port', '10.64.68.0-10.64.68.100,tcp:80-82,10.128.0.0/16,tcp:8080', 12",
        "'hash:ip,port,ip', '192.168.1.16/30,tcp:8080-8082,192.168.2.100-192.168.2.105', 72",
        "bitmap:port, tcp:0-1024, 1025"
    })
    void rangesAreTakenApart(String type, String entry, int count) {
        assertThat(of(type).add(SetMember.of(entry), false).build().entries()).hasSize(count);
    }

    @Test
    void rangesOfIpv6AreTakenApartToo() {
        IpSet.Builder nets = of("hash:net").family(SetFamily.IPV6);

        assertThat(names(nets.add(SetMember.of("2001:db8::1-2001:db8::1:0:0:0"), false).build()))
                .startsWith("2001:db8::1/128", "2001:db8::2/127")
                .endsWith("2001:db8::8000:0:0/81", "2001:db8:0:0:1::/128")
                .hasSize(49);
        assertThat(names(nets.clear().add(SetMember.of("::/0"), false).build()))
                .containsExactly("::/0");
        refused(
                ErrorCode.INVALID_ARGUMENT,
                () -> nets.add(SetMember.of("::1-2001:db8::1"), false),
                "::ffff:0:0/96",
                "two ranges");
    }

    @ParameterizedTest
    @CsvSource({
        "hash:ip, 10.0.0.0/8, 16777216 entries",
        "hash:ip, 0.0.0.0/0, 4294967296 entries",
        "hash:ip, 0.0.0.0-255.255.255.255, 4294967296 entries",
        "'hash:ip,port', '10.0.0.0/24,tcp:1-65535', 16776960 entries",
        "'hash:ip,port,ip', '0.0.0.0/0,1-65535,0.0.0.0/0', more than 1099511627776",
        "'hash:net,port', '10.0.0.1-10.255.255.254,tcp:1-65535', more entries than the 65535"
    })
    void whatWouldBeTooManyIsRefusedByName(String type, String entry, String words) {
        refused(
                ErrorCode.INVALID_ARGUMENT,
                () -> of(type).add(SetMember.of(entry), false),
                entry,
                "set foo",
                words,
                "65535");
    }

    @Test
    void aHugeRangeOfIpv6IsRefused() {
        refused(
                ErrorCode.INVALID_ARGUMENT,
                () ->
                        of("hash:ip")
                                .family(SetFamily.IPV6)
                                .add(SetMember.of("2001:db8::/32"), false),
                "2001:db8::/32",
                "65535 at most");
    }

    @ParameterizedTest
    @CsvSource({
        "hash:net, 2001:db8::/32, IPv6",
        "hash:net, 10.0.0.0/33, 33",
        "hash:net, 10.0.0.9-10.0.0.1, lower address first",
        "hash:net, 10.0.0.1-2001:db8::1, one family",
        "hash:ip, '10.0.0.1,tcp:80', 2 parts",
        "hash:ip, '', IPv4 address",
        "'hash:ip,port', '10.0.0.1,upd:80', tcp and udp",
        "'hash:ip,port', '10.0.0.1,80-70', lower port first",
        "'hash:ip,port', '10.0.0.1,0-70', begin at 1",
        "'hash:ip,port', '10.0.0.1,65536', 0-65535",
        "'hash:ip,port', '10.0.0.1,', 0-65535",
        "'hash:net,port,iface', '10.0.0.0/8,80,', name of a device",
        "bitmap:ip, 10.100.100.100, 192.168.0.0/16",
        "bitmap:port, tcp:8080, 0-1024",
        "'bitmap:ip,mac', '192.168.1.1,12:34', MAC"
    })
    void whatASetCannotHaveIsRefusedByName(String type, String entry, String words) {
        refused(
                ErrorCode.INVALID_ARGUMENT,
                () -> of(type).add(SetMember.of(entry), false),
                "\"" + entry + "\"",
                "set foo",
                words);
    }

    @Test
    void anEntryIsThereOnceAndForceChangesIt() {
        IpSet set = of("hash:net").add(SetMember.of("10.1.1.0/24"), false).build();
        SetMember again = new SetMember("10.1.1.7/24", true, "bad guys");

        refused(ErrorCode.SET_ENTRY_EXISTS, () -> set.toBuilder().add(again, false), "10.1.1.0/24");
        IpSet forced = set.toBuilder().add(again, true).build();
        assertThat(forced.entries().getFirst())
                .hasToString("10.1.1.0/24 nomatch comment \"bad guys\"");
        assertThat(set.entries().getFirst()).hasToString("10.1.1.0/24");
        refused(
                ErrorCode.NO_SET_ENTRY,
                () -> set.toBuilder().remove(SetMember.of("10.1.2.0/24"), false),
                "foo",
                "10.1.2.0/24");
        assertThat(set.toBuilder().remove(SetMember.of("10.1.2.0/24"), true).build())
                .isEqualTo(set);
    }

    @Test
    void aSetHoldsAsManyAsItWasMadeFor() {
        IpSet.Builder two = of("hash:ip").maxEntries(2).add(SetMember.of("10.0.0.0/31"), false);

        assertThat(two.build().entries()).hasSize(2);
        refused(
                ErrorCode.CAPACITY,
                () -> two.build().toBuilder().add(SetMember.of("10.0.0.9"), false),
                "foo",
                "holds 2");
    }

    @Test
    void theLongestPrefixDecides() {
        IpSet set =
                of("hash:net")
                        .add(SetMember.of("192.168.0.0/24"), false)
                        .add(new SetMember("192.168.0.100/30", true, ""), false)
                        .build();

        assertThat(set.contains("192.168.0.104")).isTrue();
        assertThat(set.contains("192.168.0.102")).isFalse();
        assertThat(set.contains("192.168.1.1")).isFalse();
        refused(ErrorCode.INVALID_ARGUMENT, () -> set.contains("10.0.0.1-10.0.0.9"), "one at a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-x", "a b", "a/b", "ipset,x", "12345678901234567890123456789012"})
    void aNameThatCommandsCouldNotHaveIsRefused(String name) {
        refused(
                ErrorCode.INVALID_ARGUMENT,
                () -> IpSet.builder(name, SetType.HASH_IP),
                "\"" + name + "\"");
    }

    @Test
    void whatTypesDoNotHaveIsRefused() {
        refused(
                ErrorCode.INVALID_ARGUMENT,
                () -> IpSet.builder("foo", SetType.BITMAP_IP).build(),
                "range");
        refused(
                ErrorCode.INVALID_ARGUMENT,
                () -> IpSet.builder("foo", SetType.BITMAP_IP).range("10.0.0.0/8"),
                "65536");
        refused(ErrorCode.INVALID_ARGUMENT, () -> of("hash:ip").range("10.0.0.0/24"), "no range");
        refused(
                ErrorCode.INVALID_ARGUMENT,
                () -> of("bitmap:ip").family(SetFamily.IPV6),
                "IPv4 alone");
        refused(ErrorCode.INVALID_ARGUMENT, () -> of("hash:ip").family(SetFamily.ANY), "hash:ip");
        refused(ErrorCode.INVALID_ARGUMENT, () -> of("hash:ip").maxEntries(0), "1-1048576");
        refused(
                ErrorCode.INVALID_ARGUMENT,
                () -> of("hash:ip").add(new SetMember("10.0.0.1", true, ""), false),
                "nomatch");
        refused(
                ErrorCode.INVALID_ARGUMENT,
                () ->
                        IpSet.builder("foo", SetType.HASH_IP)
                                .add(new SetMember("10.0.0.1", false, "x"), false),
                "comments");
        assertThat(of("hash:ip").buckets(300).build().buckets()).isEqualTo(512);
    }

    @Test
    void combinationsOfLengthsAreBounded() {
        IpSet.Builder builder = of("hash:net,port,net");
        for (int i = 0; i < 17; i++) {
            for (int j = 0; j < 16; j++) {
                builder.add(
                        SetMember.of("10.0.0.0/" + (8 + i) + ",80,172.16.0.0/" + (12 + j)), true);
            }
        }

        refused(ErrorCode.INVALID_ARGUMENT, builder::build, "foo", "256 combinations");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a \\b",
                "\\\"",
                "\\",
                "\\\\",
                "\"",
                "a # b",
                "#",
                "a",
                "\\ \" \\\"",
                "$1 \\$0",
                "nomatch"
            })
    void aCommentIsReadAsItIsWritten(String comment) {
        for (boolean nomatch : new boolean[] {false, true}) {
            SetMember member = new SetMember("192.0.2.0/24", nomatch, comment);
            assertThat(SetMember.parse(member.toString())).isEqualTo(member);
        }
    }

    @Test
    void otherBackslashesStandForThemselves() {
        assertThat(SetMember.parse("192.0.2.1 comment \"C:\\dir is here\"").comment())
                .isEqualTo("C:\\dir is here");
        assertThat(SetMember.parse("192.0.2.1 comment a\\\\b").comment()).isEqualTo("a\\\\b");
    }
}
