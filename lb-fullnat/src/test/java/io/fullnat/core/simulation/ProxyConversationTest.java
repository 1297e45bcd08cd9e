// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ProxyTlv;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.testing.Seed;
import java.util.EnumSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// [Conversations] whose servers are told who the client is. Drawn at random as well: families,
/// TLVs, fresh sequence numbers, stripped timestamps, clamped segments, whether what is out of
/// window is dropped. `-Dconversations=100000` for more of each feature, `-Dconversation=` and a
/// seed for those alone.
@Timeout(1800)
@Tag("optimized")
class ProxyConversationTest {
    private static final int CONVERSATIONS = Integer.getInteger("conversations", 160);
    private static final int TOGETHER = CONVERSATIONS > 1000 ? 250 : 40;

    /// What tells servers their clients.
    enum Feature {
        V1(ProxyProtocol.V1),
        V2(ProxyProtocol.V2),
        V1_INSECURE(ProxyProtocol.V1_INSECURE),
        V2_INSECURE(ProxyProtocol.V2_INSECURE),
        TOA(ProxyProtocol.DISABLE),
        UNTOLD(ProxyProtocol.DISABLE);

        final ProxyProtocol form;

        Feature(ProxyProtocol form) {
            this.form = form;
        }
    }

    private static ServicePolicy policy(Feature feature, RandomGenerator random) {
        Set<ProxyTlv> tlvs =
                feature.form.version() == 2 && random.nextBoolean()
                        ? EnumSet.allOf(ProxyTlv.class)
                        : EnumSet.noneOf(ProxyTlv.class);
        TcpPolicy tcp =
                TcpPolicy.KEEP
                        .withFreshIsn(random.nextBoolean())
                        .withStripsTimestamps(random.nextBoolean())
                        .withMss(
                                switch (random.nextInt(3)) {
                                    case 0 -> TcpPolicy.KEEP_MSS;
                                    case 1 -> TcpPolicy.PATH_MSS;
                                    default -> 1000;
                                });
        return ServicePolicy.DEFAULT
                .withProxyProtocol(feature.form)
                .withDisclosure(
                        ClientDisclosure.NONE.withToa(feature == Feature.TOA).withProxyTlvs(tlvs))
                .withOutOfWindow(random.nextInt(3) == 0 ? OutOfWindow.DROP : OutOfWindow.PASS)
                .withTcp(tcp);
    }

    private static void converse(Feature feature, long seed) {
        RandomGenerator random = Seed.generator(seed);
        boolean clients6 = random.nextBoolean();
        boolean servers6 = random.nextBoolean();
        boolean stamps = random.nextInt(4) != 0;
        try (Conversations conversations =
                new Conversations(
                        policy(feature, random), clients6, servers6, stamps, seed, random)) {
            conversations.converse(TOGETHER);
        } catch (RuntimeException | AssertionError failure) {
            throw new AssertionError(feature + ", seed " + seed, failure);
        }
    }

    @ParameterizedTest
    @EnumSource
    void conversations(Feature feature) {
        for (int done = 0; done < CONVERSATIONS; done += TOGETHER) {
            long seed = Seed.of(1_000_000L * feature.ordinal() + done);
            if (Long.getLong("conversation", seed) == seed) {
                converse(feature, seed);
            }
        }
    }
}
