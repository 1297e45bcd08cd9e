// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.set;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetFamily;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Sets of all types against the plainest search there is: a list of what was added, read again for
/// each question, and the most precise that fits.
class SetMatcherTest {
    private static final int ENTRIES = 150;
    private static final int QUESTIONS = 800;
    private static final List<String> DEVICES = List.of("left", "right");

    private final RandomGenerator random = Seed.generator();
    private final SetQuestion question = new SetQuestion();

    /// What a connection is asked as.
    private record Asked(
            IpAddress client, int clientPort, IpAddress to, int port, int protocol, int device) {}

    /// What was added, as it was written.
    private record Said(List<String> parts, boolean nomatch) {}

    static Stream<Object[]> kinds() {
        return Stream.of(SetType.values())
                .flatMap(type ->
                        Stream.of(SetFamily.values())
                                .filter(family -> type.hasAddresses() == (family != SetFamily.ANY))
                                .filter(family -> !type.isBitmap() || family != SetFamily.IPV6)
                                .flatMap(family ->
                                        Stream.of(
                                                new Object[] {type, family, false},
                                                new Object[] {type, family, true})));
    }

    private static IpSet.Builder empty(SetType type, SetFamily family) {
        IpSet.Builder builder = IpSet.builder("model", type).family(family);
        return switch (type) {
            case BITMAP_PORT -> builder.range("0-65535");
            case BITMAP_IP, BITMAP_IP_MAC -> builder.range("10.0.0.0/16");
            default -> builder;
        };
    }

    @ParameterizedTest(name = "{0}, {1}, destination {2}")
    @MethodSource("kinds")
    void aSetFindsWhatAListFinds(SetType type, SetFamily family, boolean destination) {
        List<Said> said = new ArrayList<>();
        IpSet.Builder builder = empty(type, family);
        for (int i = 0; i < ENTRIES; i++) {
            Said next = random(type, family);
            said.removeIf(known -> name(type, known).equals(name(type, next)));
            said.add(next);
            builder.add(new SetMember(String.join(",", next.parts), next.nomatch, ""), true);
        }
        SetMatcher matcher = new SetMatcher(builder.build(), DEVICES::indexOf);
        int found = 0;
        for (int i = 0; i < QUESTIONS; i++) {
            Asked asked = question(family);
            boolean expected = isIn(type, said, asked, destination);
            assertThat(ask(matcher, asked, destination))
                    .as(Seed.message(i) + " " + asked)
                    .isEqualTo(expected);
            found += expected ? 1 : 0;
        }
        assertThat(found).isBetween(1, QUESTIONS - 1);
    }

    private boolean ask(SetMatcher matcher, Asked asked, boolean destination) {
        question.client(asked.protocol, asked.client.high(), asked.client.low(), asked.clientPort);
        question.destination(asked.protocol, asked.to.high(), asked.to.low(), asked.port);
        question.frame(1 + asked.device, asked.device);
        return matcher.contains(question, destination);
    }

    /// Few addresses and ports, so that entries overlap and questions hit.
    private IpAddress address(SetFamily family) {
        int bits = random.nextInt(64);
        return family == SetFamily.IPV6
                ? IpAddress.of(0x2001_0DB8L << 32, ((bits >> 3) << 8) | (bits & 7))
                : IpAddress.parse("10.0." + (bits >> 3) + "." + (bits & 7));
    }

    private int port() {
        return 80 + random.nextInt(3);
    }

    private Asked question(SetFamily family) {
        return new Asked(
                address(family),
                port(),
                address(family),
                port(),
                random.nextBoolean() ? 6 : 17,
                random.nextInt(2));
    }

    private Said random(SetType type, SetFamily family) {
        List<String> parts = new ArrayList<>();
        for (SetType.Part part : type.parts()) {
            parts.add(
                    switch (part) {
                        case ADDRESS -> address(family).toString();
                        case NETWORK -> {
                            IpAddress address = address(family);
                            int length = address.bitLength() - lengthLeft(type);
                            yield (random.nextInt(20) == 0 ? address : address + "/" + length)
                                    .toString();
                        }
                        case PORT -> randomPort(type);
                        case MAC -> "0:0:0:0:0:" + random.nextInt(3);
                        case DEVICE -> DEVICES.get(random.nextInt(2));
                    });
        }
        return new Said(parts, type.hasExceptions() && random.nextInt(4) == 0);
    }

    /// Each combination of lengths is a look-up, and a set has only so many.
    private int lengthLeft(SetType type) {
        return type == SetType.HASH_NET ? random.nextInt(12) : 4 * random.nextInt(3);
    }

    private String randomPort(SetType type) {
        if (type != SetType.BITMAP_PORT && random.nextInt(4) == 0) {
            return List.of("0", "tcp:0", "udp:0").get(random.nextInt(3));
        }
        return List.of("", "tcp:", "udp:").get(random.nextInt(3))
                + (type == SetType.BITMAP_PORT ? 80 + 2 * random.nextInt(2) : port());
    }

    /// What makes entries the same: all but the station.
    private static List<String> name(SetType type, Said said) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < said.parts.size(); i++) {
            String part = said.parts.get(i);
            names.add(
                    switch (type.parts().get(i)) {
                        case MAC -> "";
                        case NETWORK, ADDRESS -> IpPrefix.parse(part).network().toString();
                        default -> part;
                    });
        }
        return names;
    }

    private static boolean isIn(SetType type, List<Said> said, Asked asked, boolean destination) {
        long best = -1;
        boolean result = false;
        for (Said one : said) {
            long precision = precision(type, one, asked, destination);
            if (precision > best) {
                best = precision;
                result = !one.nomatch;
            }
        }
        return result;
    }

    /// -1 if it does not fit; else larger the more it says.
    private static long precision(SetType type, Said one, Asked asked, boolean destination) {
        boolean first = true;
        boolean firstPort = true;
        long lengths = 0;
        long ports = 0;
        for (int i = 0; i < one.parts.size(); i++) {
            String part = one.parts.get(i);
            switch (type.parts().get(i)) {
                case ADDRESS, NETWORK -> {
                    boolean to = type == SetType.HASH_IP_PORT_NET ? first : first == destination;
                    IpPrefix prefix = IpPrefix.parse(part);
                    if (!prefix.contains(to ? asked.to : asked.client)) {
                        return -1;
                    }
                    lengths = lengths * 1000 + prefix.length();
                    first = false;
                }
                case PORT -> {
                    boolean to = firstPort == destination;
                    int known =
                            portPrecision(type, part, to ? asked.port : asked.clientPort, asked);
                    if (known < 0) {
                        return -1;
                    }
                    ports = ports * 10 + known;
                    firstPort = false;
                }
                case MAC -> {
                    if (!part.endsWith(":0") && !part.endsWith(":" + (1 + asked.device))) {
                        return -1;
                    }
                }
                case DEVICE -> {
                    if (DEVICES.indexOf(part) != asked.device) {
                        return -1;
                    }
                }
            }
        }
        return lengths * 100 + ports;
    }

    private static int portPrecision(SetType type, String part, int port, Asked asked) {
        String protocol = part.contains(":") ? part.substring(0, part.indexOf(':')) : "";
        int number = Integer.parseInt(part.substring(part.indexOf(':') + 1));
        String own = asked.protocol == 6 ? "tcp" : "udp";
        boolean any = number == 0 && type != SetType.BITMAP_PORT;
        if ((!protocol.isEmpty() && !protocol.equals(own)) || (!any && number != port)) {
            return -1;
        }
        return (any ? 0 : 2) + (protocol.isEmpty() ? 0 : 1);
    }

    /// The value's own look-up, for people, says what the table says.
    @ParameterizedTest
    @EnumSource(SetFamily.class)
    void theValueSaysWhatTheTableSays(SetFamily family) {
        if (family == SetFamily.ANY) {
            return;
        }
        IpSet.Builder builder = empty(SetType.HASH_NET_PORT_NET_PORT, family);
        for (int i = 0; i < ENTRIES; i++) {
            Said next = random(SetType.HASH_NET_PORT_NET_PORT, family);
            builder.add(new SetMember(String.join(",", next.parts), next.nomatch, ""), true);
        }
        IpSet set = builder.build();
        SetMatcher matcher = new SetMatcher(set, DEVICES::indexOf);
        for (int i = 0; i < 500; i++) {
            Asked asked = question(family);
            String protocol = asked.protocol == 6 ? "tcp:" : "udp:";
            String text =
                    String.format(
                            Locale.ROOT,
                            "%s,%s%d,%s,%s%d",
                            asked.client,
                            protocol,
                            asked.clientPort,
                            asked.to,
                            protocol,
                            asked.port);
            assertThat(set.contains(text))
                    .as(Seed.message(i) + " " + text)
                    .isEqualTo(ask(matcher, asked, false));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = SetType.class,
            names = {"HASH_IP", "HASH_NET", "HASH_IP_PORT", "HASH_NET_PORT_NET"})
    void aHundredThousandAreAllFoundAndTheirNeighboursAreNot(SetType type) {
        List<SetMember> members = new ArrayList<>();
        String rest =
                switch (type) {
                    case HASH_IP_PORT -> ",tcp:80";
                    case HASH_NET_PORT_NET -> ",0,192.0.2.0/24";
                    default -> "";
                };
        for (int i = 0; i < 100_000; i++) {
            members.add(SetMember.of(client(i) + rest));
        }
        IpSet set = IpSet.builder("many", type).maxEntries(200_000).members(members).build();
        assertThat(set.entries()).hasSize(100_000);
        SetMatcher matcher = new SetMatcher(set, DEVICES::indexOf);
        for (int i = 0; i < 100_000; i++) {
            long low = IpAddress.parse(client(i)).low();
            question.client(6, 0, low, 80);
            question.destination(6, 0, IpAddress.parse("192.0.2.9").low(), 443);
            assertThat(matcher.contains(question, false)).as("entry %s", i).isTrue();
            question.client(6, 0, low + 1, 80);
            assertThat(matcher.contains(question, false)).as("after entry %s", i).isFalse();
        }
    }

    private static String client(int i) {
        return "10." + (i >> 15) + "." + (i >> 7 & 0xFF) + "." + 2 * (i & 0x7F);
    }

    /// A few lengths and many are looked for in different ways.
    @ParameterizedTest
    @ValueSource(ints = {1, 8, 9, 33})
    void everyLengthOfIpv4IsFound(int lengths) {
        IpSet.Builder builder = IpSet.builder("lengths", SetType.HASH_NET);
        for (int i = 0; i < lengths; i++) {
            int length = 32 - i;
            builder.add(new SetMember("255.255.255.255/" + length, i % 2 == 1, ""), false);
        }
        SetMatcher matcher = new SetMatcher(builder.build(), DEVICES::indexOf);
        for (int bit = 0; bit < 32; bit++) {
            long low = IpAddress.mapped(-1) ^ 1L << bit;
            question.client(6, 0, low, 80);
            boolean covered = bit + 1 < lengths;
            assertThat(matcher.contains(question, false))
                    .as("first bit that differs: %s", bit)
                    .isEqualTo(covered && (bit + 1) % 2 == 0);
        }
        assertThat(has(matcher, "255.255.255.255")).isTrue();
        assertThat(has(matcher, "2001:db8::1")).isFalse();
    }

    /// Overlapping networks are legal, and so is all there is; one spelling is as good as another.
    @Test
    void overlappingNetworksAndTwoSpellings() {
        IpSet set =
                IpSet.builder("six", SetType.HASH_NET)
                        .family(SetFamily.IPV6)
                        .add(SetMember.of("2001:db8:0::/48"), false)
                        .add(SetMember.of("2001:db8::/64"), false)
                        .add(new SetMember("2001:db8:0:0:8000::/65", true, ""), false)
                        .add(SetMember.of("2001:0DB8:0000:0000::1/48"), true)
                        .build();
        assertThat(set.entries()).hasSize(3);
        SetMatcher matcher = new SetMatcher(set, DEVICES::indexOf);
        assertThat(has(matcher, "2001:db8:0:1::")).isTrue();
        assertThat(has(matcher, "2001:db8::7fff:0:0:1")).isTrue();
        assertThat(has(matcher, "2001:db8::8000:0:0:1")).isFalse();
        assertThat(has(matcher, "2001:db8:1::")).isFalse();
        SetMatcher all =
                new SetMatcher(
                        set.toBuilder().add(SetMember.of("::/0"), false).build(), DEVICES::indexOf);
        assertThat(has(all, "2001:db8:1::")).isTrue();
        assertThat(has(all, "2001:db8::8000:0:0:1")).isFalse();
        assertThat(has(all, "192.0.2.1")).isFalse();
    }

    private boolean has(SetMatcher matcher, String client) {
        IpAddress address = IpAddress.parse(client);
        question.client(6, address.high(), address.low(), 80);
        return matcher.contains(question, false);
    }
}
