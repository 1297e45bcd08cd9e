// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ClientDisclosure.Uoa;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ProxyTlv;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TimedState;
import io.fullnat.api.service.Timeouts;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// [Questions] whose servers are told who asks, in each pair of families: with UOA a server knows
/// its client as soon as the first question arrives, with PROXY each datagram says so, whatever is
/// lost; and connections are plain or gone afterwards. With several workers, to one of which NICs
/// give what comes in fragments. `-Dconversations=100000` for so many in all, `-Dconversation=` and
/// a seed for those alone.
@Timeout(3600)
class DatagramConversationTest {
    private static final int TOGETHER = Integer.getInteger("conversations", 0) > 5000 ? 100 : 20;
    private static final Duration IDLE = Duration.ofSeconds(2);

    /// What tells servers their clients.
    enum Feature {
        UNTOLD,
        OPP,
        IPO,
        V2,
        V2_TLVS,
        V2_INSECURE,
        V2_INSECURE_TLVS;

        boolean isUoa() {
            return this == OPP || this == IPO;
        }

        boolean isProxy() {
            return compareTo(V2) >= 0;
        }

        boolean isBelieved() {
            return compareTo(V2_INSECURE) >= 0;
        }
    }

    private static final int[] WORKERS = {1, 2, 4};

    /// One feature between two families.
    record Case(Feature feature, boolean clients6, boolean servers6, int workers) {}

    static final List<Case> CASES = cases();

    private static final int CONVERSATIONS =
            Integer.getInteger("conversations", TOGETHER * CASES.size());

    private static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (int workers : WORKERS) {
            for (Feature feature : Feature.values()) {
                cases.add(new Case(feature, false, false, workers));
                if (feature != Feature.IPO) { // an option of IPv4
                    cases.add(new Case(feature, true, true, workers));
                    cases.add(new Case(feature, true, false, workers));
                    cases.add(new Case(feature, false, true, workers));
                }
            }
        }
        return List.copyOf(cases);
    }

    /// Of all conversations: fragments that hosts received, and packets that one worker gave to
    /// another.
    private static long fragments;

    private static long takenOver;
    private static int cases;

    @AfterAll
    static void fragmentsAndSeveralWorkersWereAmongThem() {
        if (cases >= CASES.size()) { // not those of a seed
            assertThat(fragments).isGreaterThan(cases);
            assertThat(takenOver).isGreaterThan(cases);
        }
    }

    private static void note(SimulatedSite site) {
        fragments += site.client.counters().fragments() + site.servers.counters().fragments();
        takenOver += site.balancer.counters().total(Counter.TAKEN_OVER);
        cases++;
    }

    private static ServicePolicy policy(Feature feature) {
        ClientDisclosure how =
                switch (feature) {
                    case OPP -> ClientDisclosure.NONE.withUoa(Uoa.OPP);
                    case IPO -> ClientDisclosure.NONE.withUoa(Uoa.IPO);
                    case V2_TLVS, V2_INSECURE_TLVS ->
                            ClientDisclosure.NONE.withProxyTlvs(EnumSet.allOf(ProxyTlv.class));
                    default -> ClientDisclosure.NONE;
                };
        ProxyProtocol form =
                switch (feature) {
                    case V2, V2_TLVS -> ProxyProtocol.V2;
                    case V2_INSECURE, V2_INSECURE_TLVS -> ProxyProtocol.V2_INSECURE;
                    default -> ProxyProtocol.DISABLE;
                };
        return ServicePolicy.DEFAULT
                .withDisclosure(feature.isUoa() ? how.withUoaPackets(Questions.MOST_TRIES) : how)
                .withProxyProtocol(form)
                .withTimeouts(
                        Timeouts.NONE
                                .with(TimedState.UDP_ONEWAY, IDLE)
                                .with(TimedState.UDP_NORMAL, IDLE)
                                .with(TimedState.UDP_STREAM, IDLE));
    }

    private static void converse(Case what, long seed) {
        RandomGenerator random = Seed.generator(seed);
        Feature feature = what.feature();
        int room = feature.isProxy() ? 300 : !what.clients6() && !what.servers6() ? 28 : 48;
        try (Questions questions =
                new Questions(
                        what.workers(),
                        policy(feature),
                        what.clients6(),
                        what.servers6(),
                        room,
                        seed,
                        random)) {
            questions.ask(TOGETHER, feature.isBelieved(), feature.isUoa(), IDLE.multipliedBy(2));
            note(questions.site);
        } catch (RuntimeException | AssertionError failure) {
            throw new AssertionError(what + ", seed " + seed, failure);
        }
    }

    @ParameterizedTest
    @FieldSource("CASES")
    void serversKnowWhoAsks(Case what) {
        int each = Math.max(TOGETHER, CONVERSATIONS / CASES.size());
        for (int done = 0; done < each; done += TOGETHER) {
            long seed = Seed.of(CASES.indexOf(what) * 1_000_000L + done);
            if (Long.getLong("conversation", seed) == seed) {
                converse(what, seed);
            }
        }
    }
}
