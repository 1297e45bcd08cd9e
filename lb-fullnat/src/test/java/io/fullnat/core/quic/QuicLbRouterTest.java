// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.quic;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.fullnat.api.service.QuicConfig;
import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.RealServer;
import io.fullnat.testing.Seed;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Connection ids of QUIC-LB, by the vectors of draft-ietf-quic-load-balancers-21, appendix B, and
/// the example of §5.4.2. The second vector of the appendix lacks a digit, and is left out.
@Tag("optimized")
class QuicLbRouterTest {
    private static final String KEY = "8f95f09245765f80256934e50c66207f";

    private static RealServer server(int port, String... ids) {
        return RealServer.of("10.0.1.11", port).toBuilder().quicIds(List.of(ids)).build();
    }

    private static QuicRouter router(String config, RealServer... servers) {
        return QuicRouter.of(QuicRouting.parse(List.of(config)).orElseThrow(), List.of(servers));
    }

    @ParameterizedTest
    @CsvSource({
        "0, c4605e, 4504cc4f, '', 07c4605e4504cc4f",
        "0, ed793a, ee080dbf, key, 0720b1d07b359d3c",
        "1, ed793a51d49b8f5fab65, ee080dbf48, key, 2fcc381bc74cb4fbad2823a3d1f8fed2",
        "2, ed793a51d49b8f5f, ee080dbf48c0d1e5, key, 504dd2d05a7b0de9b2b9907afb5ecf8cc3",
        "0, ed793a51d49b8f5fab, ee080dbf48c0d1e55d, key, 125779c9cc86beb3a3a4a3ca96fce4bfe0cdbc"
    })
    void theVectorsOfTheDraft(int number, String id, String nonce, String key, String cid) {
        String config =
                "config %d server-id %d nonce %d"
                                .formatted(number, id.length() / 2, nonce.length() / 2)
                        + (key.isEmpty() ? "" : " key " + KEY);
        QuicRouter router = router(config, server(1, "00"), server(2, id), server(3, "ff00"));
        assertThat(router.find(Ids.behindShort(cid))).isEqualTo(1);
        assertThat(router.find(Ids.behindLong(cid))).isEqualTo(1);
    }

    /// One print for all packets of an encrypted id, another one for other ids, whatever differs of
    /// them; none is needed for ids in clear and those of no configuration.
    @Test
    void printsTellEncryptedIdsApart() {
        QuicRouter router = router("config 0 server-id 3 nonce 4 key " + KEY, server(1, "ed793a"));
        int print = router.print(Ids.behindShort("0720b1d07b359d3c"));
        assertThat(print).isNotIn(0, QuicRouter.READ_AS_FAST);
        assertThat(router.print(Ids.behindLong("0720b1d07b359d3c"))).isEqualTo(print);
        for (int octet = 1; octet <= 5; octet++) {
            StringBuilder other = new StringBuilder("0720b1d07b359d3c");
            other.setCharAt(2 * octet, 'e');
            assertThat(router.print(Ids.behindShort(other.toString()))).isNotEqualTo(print);
        }
        assertThat(router.print(Ids.behindShort("e720b1d07b359d3c")))
                .isEqualTo(QuicRouter.READ_AS_FAST);
        assertThat(
                        router("config 0 server-id 3 nonce 4", server(1, "ed793a"))
                                .print(Ids.behindShort("07ed793aee080dbf")))
                .isEqualTo(QuicRouter.READ_AS_FAST);
    }

    /// §5.4.2, whose key is another one.
    @Test
    void theExampleOfFourPasses() {
        QuicRouter router =
                router(
                        "config 0 server-id 3 nonce 4 key fdf726a9893ec05c0632d3956680baf0",
                        server(1, "31441a"));
        assertThat(router.find(Ids.behindShort("0767947d29be054a"))).isZero();
    }

    /// All lengths that there can be, against an encoder that is written as the draft has it.
    @Test
    void whatIsEncryptedIsFoundWhateverTheLengths() throws Exception {
        RandomGenerator random = Seed.generator(5);
        for (int id = 1; id <= QuicConfig.MAX_SERVER_ID; id++) {
            for (int nonce = 4; nonce <= 19 - id; nonce++) {
                byte[] plain = new byte[id + nonce];
                random.nextBytes(plain);
                String server = HexFormat.of().formatHex(plain, 0, id);
                String config = "config 5 server-id %d nonce %d key %s".formatted(id, nonce, KEY);
                QuicRouter router = router(config, server(1, server));
                String cid = "b7" + HexFormat.of().formatHex(QuicLbEncoder.encrypt(plain, KEY));
                assertThat(router.find(Ids.behindLong(cid))).as(config).isZero();
                assertThat(router.find(Ids.behindShort(cid))).as(config).isZero();
                assertThat(router.find(Ids.behindLong(cid.substring(0, cid.length() - 2))))
                        .as(config)
                        .isEqualTo(QuicRouter.NONE);
            }
        }
    }

    /// Bits of the first byte that say the length, or nothing, change nothing.
    @Test
    void onlyTheFirstThreeBitsChooseTheConfiguration() {
        QuicRouter router = router("config 3 server-id 2 nonce 4", server(1, "abcd"));
        for (int first = 0; first < 256; first++) {
            String id = "%02xabcd01020304".formatted(first);
            int expected = first >> 5 == 3 ? 0 : QuicRouter.NONE;
            assertThat(router.find(Ids.behindShort(id))).as(id).isEqualTo(expected);
            assertThat(router.find(Ids.behindLong(id))).as(id).isEqualTo(expected);
        }
    }

    @Test
    void anIdThatIsTooShortOrUnknownNamesNobody() {
        QuicRouter router = router("config 0 server-id 2 nonce 4", server(1, "abcd"));
        assertThat(router.find(Ids.behindLong("00abcd010203"))).isEqualTo(QuicRouter.NONE);
        assertThat(router.find(Ids.behindLong("00abcd01020304"))).isZero();
        assertThat(router.find(Ids.behindLong("00abcd0102030405"))).as("longer").isZero();
        assertThat(router.find(Ids.behindLong("00abce01020304"))).isEqualTo(QuicRouter.NONE);
        assertThat(router.find(Ids.behindLong(""))).isEqualTo(QuicRouter.NONE);
        assertThat(router.find(Ids.of("40 00abcd010203"))).isEqualTo(QuicRouter.NONE);
    }

    /// While keys rotate: two configurations at once, and servers with an id for each.
    @Test
    void serversHaveIdsOfSeveralLengths() {
        QuicRouter router =
                QuicRouter.of(
                        new QuicRouting.QuicLb(
                                List.of(
                                        new QuicConfig(0, 1, 4, Optional.empty()),
                                        new QuicConfig(6, 2, 4, Optional.empty()))),
                        List.of(server(1, "01", "0a01"), server(2, "02", "03", "0a02")));
        assertThat(router.find(Ids.behindLong("000200000000"))).isEqualTo(1);
        assertThat(router.find(Ids.behindLong("000300000000"))).isEqualTo(1);
        assertThat(router.find(Ids.behindLong("c00a0100000000"))).isZero();
        assertThat(router.find(Ids.behindLong("c00a0300000000"))).isEqualTo(QuicRouter.NONE);
        assertThat(router.find(Ids.behindLong("200200000000"))).isEqualTo(QuicRouter.NONE);
    }

    @Test
    void aThousandServersAreTold() {
        List<RealServer> servers = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            servers.add(server(1 + i, "%030x".formatted(i * 7)));
        }
        QuicRouter router =
                router("config 0 server-id 15 nonce 4", servers.toArray(RealServer[]::new));
        for (int i = 0; i < 7_000; i++) {
            assertThat(router.find(Ids.behindLong("00%030x00000000".formatted(i))))
                    .isEqualTo(i % 7 == 0 ? i / 7 : QuicRouter.NONE);
        }
    }

    @Test
    void nothingIsAllocated() {
        List<QuicId> ids =
                List.of(
                        Ids.behindShort("0720b1d07b359d3c"),
                        Ids.behindShort("2fcc381bc74cb4fbad2823a3d1f8fed2"),
                        Ids.behindShort("504dd2d05a7b0de9b2b9907afb5ecf8cc3"),
                        Ids.behindShort("ff0102030405060708"));
        QuicRouter router =
                QuicRouter.of(
                        QuicRouting.parse(
                                        List.of(
                                                "config 0 server-id 3 nonce 4 key " + KEY,
                                                "config 1 server-id 10 nonce 5 key " + KEY,
                                                "config 2 server-id 8 nonce 8 key " + KEY))
                                .orElseThrow(),
                        List.of(server(1, "ed793a", "ed793a51d49b8f5fab65", "ed793a51d49b8f5f")));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        int found = 0;
        for (int round = 0; round < 50 && least > 0; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1_000; i++) {
                found += router.find(ids.get(i & 3)) == 0 ? 1 : 0;
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(found).isPositive();
        assertThat(least).as("bytes").isZero();
    }
}
