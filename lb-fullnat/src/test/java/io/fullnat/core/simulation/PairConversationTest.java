// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ProxyTlv;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// [Conversations] with each pair of what a service can do to segments, and with each by itself.
/// `-Dconversations=100000` for so many in all, `-Dconversation=` and a seed for those alone.
@Timeout(3600)
@Tag("optimized")
class PairConversationTest {
    private static final int TOGETHER = Integer.getInteger("conversations", 0) > 5000 ? 50 : 6;

    /// What a service can do to segments.
    enum Feature {
        FRESH_NUMBERS,
        STRIPPED_STAMPS,
        CLAMPED_SEGMENTS,
        DROP_OUT_OF_WINDOW,
        SYN_PROXY,
        TOA,
        V1,
        V2,
        V2_TLVS,
        V1_INSECURE,
        V2_INSECURE,
        V2_INSECURE_TLVS,
        IPV6,
        FROM_6_TO_4,
        FROM_4_TO_6
    }

    private static final Set<Feature> HEADERS = EnumSet.range(Feature.V1, Feature.V2_INSECURE_TLVS);
    private static final Set<Feature> FAMILIES = EnumSet.range(Feature.IPV6, Feature.FROM_4_TO_6);

    /// Those that a service can have at once; one twice is that one alone.
    static final List<Set<Feature>> PAIRS = pairs();

    private static final int CONVERSATIONS =
            Integer.getInteger("conversations", TOGETHER * PAIRS.size());

    private static List<Set<Feature>> pairs() {
        List<Set<Feature>> pairs = new ArrayList<>();
        for (Feature first : Feature.values()) {
            for (Feature second : EnumSet.range(first, Feature.FROM_4_TO_6)) {
                Set<Feature> pair = EnumSet.of(first, second);
                if (first == second || !(HEADERS.containsAll(pair) || FAMILIES.containsAll(pair))) {
                    pairs.add(pair);
                }
            }
        }
        return List.copyOf(pairs);
    }

    /// Of all conversations: what was under way at once, blocks of selective acknowledgements, and
    /// segments that came again.
    private static long mostInFlight;

    private static long blocks;
    private static long repeated;
    private static int hosts;

    /// Clients of SYN proxies, and those of them that got no server.
    private static int proxied;

    private static int unserved;
    private static long conversed;

    private static void note(SimulatedHost host) {
        HostCounters counters = host.counters();
        mostInFlight = Math.max(mostInFlight, counters.mostInFlight());
        blocks += counters.blocks();
        repeated += counters.retransmissions();
        hosts++;
    }

    /// Windows beyond 64 KiB, selective acknowledgements and losses were among them.
    @AfterAll
    static void hostsDidWhatTheyCan() {
        if (hosts >= 2 * PAIRS.size()) { // many, not those of a seed
            assertThat(repeated).isGreaterThan(conversed);
            assertThat(mostInFlight).isGreaterThan(65_535);
            assertThat(blocks).isGreaterThan(conversed);
            assertThat(unserved).as("given up of %d", proxied).isLessThanOrEqualTo(proxied / 20);
        }
    }

    private static ProxyProtocol header(Set<Feature> pair) {
        for (Feature feature : pair) {
            switch (feature) {
                case V1 -> {
                    return ProxyProtocol.V1;
                }
                case V2, V2_TLVS -> {
                    return ProxyProtocol.V2;
                }
                case V1_INSECURE -> {
                    return ProxyProtocol.V1_INSECURE;
                }
                case V2_INSECURE, V2_INSECURE_TLVS -> {
                    return ProxyProtocol.V2_INSECURE;
                }
                default -> {}
            }
        }
        return ProxyProtocol.DISABLE;
    }

    /// @param stamps whether servers have timestamps: else a SYN proxy must promise none
    private static ServicePolicy policy(Set<Feature> pair, boolean stamps) {
        boolean tlvs = pair.contains(Feature.V2_TLVS) || pair.contains(Feature.V2_INSECURE_TLVS);
        TcpPolicy tcp =
                TcpPolicy.KEEP
                        .withFreshIsn(pair.contains(Feature.FRESH_NUMBERS))
                        .withStripsTimestamps(pair.contains(Feature.STRIPPED_STAMPS))
                        .withMss(
                                pair.contains(Feature.CLAMPED_SEGMENTS)
                                        ? 1000
                                        : TcpPolicy.KEEP_MSS);
        if (pair.contains(Feature.SYN_PROXY)) {
            tcp = tcp.withSynProxy(SynProxy.ALWAYS.withTimestamps(stamps));
        }
        return ServicePolicy.DEFAULT
                .withProxyProtocol(header(pair))
                .withDisclosure(
                        ClientDisclosure.NONE
                                .withToa(pair.contains(Feature.TOA))
                                .withProxyTlvs(
                                        tlvs
                                                ? EnumSet.allOf(ProxyTlv.class)
                                                : EnumSet.noneOf(ProxyTlv.class)))
                .withOutOfWindow(
                        pair.contains(Feature.DROP_OUT_OF_WINDOW)
                                ? OutOfWindow.DROP
                                : OutOfWindow.PASS)
                .withTcp(tcp);
    }

    /// @return clients that got a server
    private static int converse(Set<Feature> pair, long seed) {
        RandomGenerator random = Seed.generator(seed);
        boolean clients6 = pair.contains(Feature.IPV6) || pair.contains(Feature.FROM_6_TO_4);
        boolean servers6 = pair.contains(Feature.IPV6) || pair.contains(Feature.FROM_4_TO_6);
        boolean stamps = random.nextInt(4) != 0;
        try (Conversations conversations =
                new Conversations(policy(pair, stamps), clients6, servers6, stamps, seed, random)) {
            unserved += (int) conversations.converse(TOGETHER);
            proxied += pair.contains(Feature.SYN_PROXY) ? TOGETHER : 0;
            counts(pair, conversations);
            note(conversations.site.client);
            note(conversations.site.servers);
            conversed += TOGETHER;
            return conversations.served();
        } catch (RuntimeException | AssertionError failure) {
            throw new AssertionError(pair + ", seed " + seed, failure);
        }
    }

    /// Whether it was the features that were at work.
    private static void counts(Set<Feature> pair, Conversations conversations) {
        FullNatBalancer balancer = conversations.site.balancer;
        int served = conversations.served();
        boolean header = header(pair) != ProxyProtocol.DISABLE;
        Set<Endpoint> told = conversations.site.servers.tcp().announcedClients();
        if (pair.contains(Feature.TOA) && !header) {
            assertThat(told).hasSize(served);
        } else {
            assertThat(told).as("a header is enough").isEmpty();
        }
        if (header) {
            long headers =
                    balancer.counters().total(Counter.PROXY_SENT)
                            + balancer.counters().total(Counter.PROXY_PASSED);
            assertThat(headers).isGreaterThanOrEqualTo(served);
        }
        if (pair.contains(Feature.SYN_PROXY)) {
            assertThat(balancer.counters().total(Counter.SYN_PROXY_ESTABLISHED))
                    .isGreaterThanOrEqualTo(served);
        }
    }

    @ParameterizedTest
    @FieldSource("PAIRS")
    void streamsArriveAsTheyWereSent(Set<Feature> pair) {
        int each = Math.max(TOGETHER, CONVERSATIONS / PAIRS.size());
        int had = 0;
        int served = 0;
        for (int done = 0; done < each; done += TOGETHER) {
            long seed = Seed.of(PAIRS.indexOf(pair) * 1_000_000L + done);
            if (Long.getLong("conversation", seed) == seed) {
                had += TOGETHER;
                served += converse(pair, seed);
            }
        }
        if (had > 0) { // one of another pair may have been asked for
            assertThat(served)
                    .as("served of %d", had)
                    .isGreaterThan(Math.max(0, had - TOGETHER - had / 100));
        }
    }

    @Test
    void eachPairIsThere() {
        int features = Feature.values().length;
        int alone = HEADERS.size() * (HEADERS.size() - 1) / 2;
        int families = FAMILIES.size() * (FAMILIES.size() - 1) / 2;
        assertThat(PAIRS).doesNotHaveDuplicates();
        assertThat(PAIRS).hasSize(features * (features + 1) / 2 - alone - families);
    }
}
