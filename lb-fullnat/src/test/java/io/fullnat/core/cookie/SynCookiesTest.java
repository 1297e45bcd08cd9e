// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.cookie;

import static io.fullnat.core.cookie.CookieExchange.LINUX;
import static io.fullnat.core.cookie.CookieExchange.NOW;
import static io.fullnat.core.cookie.CookieExchange.SECRETS;
import static io.fullnat.core.cookie.CookieExchange.bytes;
import static io.fullnat.core.cookie.CookieExchange.join;
import static io.fullnat.core.cookie.CookieExchange.mss;
import static io.fullnat.core.cookie.CookieExchange.secrets;
import static io.fullnat.core.cookie.CookieExchange.stamps;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.testing.Seed;
import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SynCookiesTest {
    private static final byte[] SACK = {4, 2};
    private static final byte[] NONE = {};

    private final CookieExchange bench = new CookieExchange();
    private final SynCookies node = new SynCookies(SECRETS);

    @AfterEach
    void close() {
        bench.close();
    }

    private static byte[] scale(int bits) {
        return new byte[] {3, 3, (byte) bits};
    }

    private void use(String family) {
        if (family.equals("v6")) {
            bench.client = IpAddress.parse("2001:db8::7");
            bench.service = IpAddress.parse("2001:db8:1::80");
        }
    }

    /// C11: rounded down, never more than the client takes; what a host that says nothing is to be
    /// sent is another number in each family (RFC 9293 §3.7.1).
    @ParameterizedTest
    @CsvSource({
        "v4, 300, 300",
        "v4, 299, 216",
        "v4, 536, 536",
        "v4, 1219, 536",
        "v4, 1220, 1220",
        "v4, 1300, 1300",
        "v4, 1359, 1300",
        "v4, 1439, 1432",
        "v4, 1440, 1440",
        "v4, 1460, 1460",
        "v4, 8939, 1460",
        "v4, 8960, 8960",
        "v4, 65495, 8960",
        "v4, 1, 48",
        "v4, 0, 536",
        "v6, 0, 1220",
        "v6, 1440, 1440",
        "v6, 8940, 8940"
    })
    void segmentSizesAreRoundedDown(String family, int said, int kept) {
        use(family);
        int cookie = bench.answer(node, LINUX, NOW, said == 0 ? NONE : mss(said)).cookie();
        assertThat(bench.check(node, LINUX, NOW, cookie)).isTrue();
        assertThat(bench.terms.segmentSize()).isEqualTo(kept);
        byte[] stamped = join(mss(said), stamps(1, 0));
        CookieExchange.Answer answer = bench.answer(node, LINUX, NOW, stamped);
        assertThat(bench.check(node, LINUX, NOW, answer.cookie(), stamps(2, answer.timestamp())))
                .isTrue();
        assertThat(bench.terms.segmentSize()).isEqualTo(kept);
    }

    @Test
    void noClientIsSentMoreThanItHasSaid() {
        for (int said = 48; said <= 65_535; said++) {
            int kept = SegmentSizes.size(SegmentSizes.index(said));
            assertThat(kept).isLessThanOrEqualTo(said);
        }
    }

    @ParameterizedTest
    @CsvSource({"v4, false", "v4, true", "v6, false", "v6, true"})
    void allThatASynHasAgreedOnComesBack(String family, boolean stamped) {
        use(family);
        byte[] stamps = stamped ? stamps(0x7FFF_FFF0, 0) : NONE;
        for (int bits = -1; bits <= 14; bits++) {
            for (boolean selective : new boolean[] {false, true}) {
                byte[] said =
                        join(
                                mss(1400),
                                bits < 0 ? NONE : scale(bits),
                                selective ? SACK : NONE,
                                stamps);
                CookieExchange.Answer answer = bench.answer(node, LINUX, NOW, said);
                byte[] more = stamped ? stamps(99, answer.timestamp()) : NONE;
                assertThat(bench.check(node, LINUX, NOW, answer.cookie(), more)).isTrue();
                CookieTerms terms = bench.terms;
                assertThat(terms.cookie()).isEqualTo(answer.cookie());
                assertThat(terms.clientSequence()).isEqualTo(bench.sequence);
                assertThat(terms.segmentSize()).isEqualTo(1400);
                assertThat(terms.clientScale()).isEqualTo(bits);
                assertThat(terms.ownScale()).isEqualTo(bits < 0 ? -1 : 7);
                assertThat(terms.isSelective()).isEqualTo(selective);
                assertThat(terms.hasTimestamps()).isEqualTo(stamped);
                assertThat(terms.ownTimestamp()).isEqualTo(answer.timestamp());
                assertThat(terms.clientTimestamp()).isEqualTo(stamped ? 99 : 0);
            }
        }
    }

    /// C1: MPTCP, TCP Fast Open, experiments and what is unknown are not reflected; C5: the window
    /// is not scaled, and a scale is offered to those alone that offer one.
    @Test
    void onlyKnownOptionsAreAnswered() {
        byte[] foreign = {30, 4, 0, 1, 34, 2, (byte) 253, 4, 1, 2, (byte) 254, 8, 1, 2, 3, 4, 5, 6};
        CookieExchange.Answer plain = bench.answer(node, LINUX, NOW, foreign);
        assertThat(plain.options()).isEqualTo(bytes(mss(1460)));
        assertThat(plain.window()).isEqualTo(CookieTerms.WINDOW);
        assertThat(plain.acknowledgement()).isEqualTo(bench.sequence + 1);
        byte[] said = join(mss(1400), SACK, scale(9), foreign);
        assertThat(bench.answer(node, LINUX, NOW, said).options())
                .isEqualTo(bytes(join(mss(1460), SACK, new byte[] {1, 1, 1}, scale(7))));
        CookieExchange.Answer all =
                bench.answer(node, LINUX, NOW, join(mss(1400), SACK, stamps(5, 0), scale(9)));
        byte[] stamped = stamps(all.timestamp(), 5);
        System.arraycopy(SACK, 0, stamped, 0, 2);
        assertThat(all.options())
                .isEqualTo(bytes(join(mss(1460), stamped, new byte[] {1}, scale(7))));
        assertThat(bench.answer(node, LINUX, NOW, join(mss(1400), stamps(5, 0))).options())
                .hasSize(16);
    }

    @Test
    void whatRealServersDoNotHaveIsNotOffered() {
        CookieOffer bare = new CookieOffer(CookieTerms.NO_SCALE, false, false);
        byte[] said = join(mss(1400), SACK, stamps(5, 0), scale(9));
        CookieExchange.Answer answer = bench.answer(node, bare, NOW, said);
        assertThat(answer.options()).isEqualTo(bytes(mss(1460)));
        assertThat(bench.check(node, bare, NOW, answer.cookie())).isTrue();
        assertThat(bench.terms.clientScale()).isEqualTo(CookieTerms.NO_SCALE);
        assertThat(bench.terms.isSelective()).isFalse();
        assertThat(bench.check(node, LINUX, NOW, answer.cookie()))
                .as("under another offer")
                .isFalse();
    }

    @Test
    void malformedOptionsEndTheList() {
        byte[][] bad = {
            {8, 0, 1, 1},
            {8, 1, 1, 1},
            {8, 40, 1, 1},
            {2, 3, 5, 1},
            {3, 2, 1, 1},
            {8},
            {0, 2, 4, 1}
        };
        for (byte[] options : bad) {
            int cookie = bench.answer(node, LINUX, NOW, options).cookie();
            assertThat(bench.check(node, LINUX, NOW, cookie)).isTrue();
            assertThat(bench.terms.segmentSize()).isEqualTo(536);
            assertThat(bench.terms.hasTimestamps()).isFalse();
        }
    }

    /// RFC 7323 §2.3.
    @Test
    void aScaleThatIsTooLargeCountsAsTheLargest() {
        int cookie = bench.answer(node, LINUX, NOW, scale(200)).cookie();
        assertThat(bench.check(node, LINUX, NOW, cookie)).isTrue();
        assertThat(bench.terms.clientScale()).isEqualTo(14);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 63, 64 * 55L, 64 * 56L, 64 * 56L - 1, 64 * 57L, -1})
    void cookiesAreGoodForAMinuteAndHardlyForTwo(long offset) {
        long made = NOW / 64 * 64 + offset;
        int cookie = bench.answer(node, LINUX, made, mss(1460)).cookie();
        assertThat(bench.check(node, LINUX, made + 64, cookie)).isTrue();
        assertThat(bench.check(node, LINUX, made + 128, cookie)).isFalse();
        assertThat(bench.check(node, LINUX, made + 4 * 64, cookie)).isFalse();
        assertThat(bench.check(node, LINUX, made - 64, cookie))
                .as("by a node whose clock is behind")
                .isTrue();
        assertThat(bench.check(node, LINUX, made - 128, cookie)).isFalse();
    }

    @Test
    void anotherNodeWithTheSameSecretAcceptsCookies() {
        SynCookies other = new SynCookies(SECRETS);
        SynCookies stranger = new SynCookies(secrets("ffffffffffffffffffffffffffffffff"));
        byte[] said = join(mss(1400), SACK, stamps(5, 0), scale(9));
        CookieExchange.Answer answer = bench.answer(node, LINUX, NOW, said);
        byte[] stamps = stamps(6, answer.timestamp());
        assertThat(bench.check(other, LINUX, NOW + 20, answer.cookie(), stamps)).isTrue();
        assertThat(bench.terms.clientScale()).isEqualTo(9);
        assertThat(bench.check(stranger, LINUX, NOW, answer.cookie(), stamps)).isFalse();
    }

    /// A new secret is first accepted everywhere, then made cookies with, then the old one left
    /// out.
    @Test
    void secretsAreChangedWithoutLosingACookie() {
        String first = "000102030405060708090a0b0c0d0e0f";
        String second = "f0e1d2c3b4a5968778695a4b3c2d1e0f";
        SynCookies before = new SynCookies(secrets(first));
        SynCookies taking = new SynCookies(secrets(first, second));
        SynCookies making = new SynCookies(secrets(second, first));
        SynCookies after = new SynCookies(secrets(second));
        int old = bench.answer(before, LINUX, NOW, mss(1460)).cookie();
        int fresh = bench.answer(making, LINUX, NOW, mss(1460)).cookie();
        assertThat(bench.answer(taking, LINUX, NOW, mss(1460)).cookie()).isEqualTo(old);
        assertThat(bench.check(taking, LINUX, NOW, fresh)).isTrue();
        assertThat(bench.check(making, LINUX, NOW, old)).isTrue();
        assertThat(bench.check(after, LINUX, NOW, fresh)).isTrue();
        assertThat(bench.check(after, LINUX, NOW, old)).isFalse();
        assertThat(bench.check(before, LINUX, NOW, fresh)).isFalse();
    }

    /// The keys of all hours are others then, however many secrets there were.
    @Test
    void cookiesAreThoseOfTheSecretsSaidLast() {
        String first = "000102030405060708090a0b0c0d0e0f";
        String second = "f0e1d2c3b4a5968778695a4b3c2d1e0f";
        SynCookies changing = new SynCookies(secrets(first));
        SynCookies other = new SynCookies(secrets(second));
        int old = bench.answer(changing, LINUX, NOW, mss(1460)).cookie();
        int fresh = bench.answer(other, LINUX, NOW, mss(1460)).cookie();

        changing.use(secrets(second, first));
        assertThat(bench.answer(changing, LINUX, NOW, mss(1460)).cookie()).isEqualTo(fresh);
        assertThat(bench.check(changing, LINUX, NOW, old)).isTrue();
        changing.use(secrets(second));
        assertThat(bench.check(changing, LINUX, NOW, fresh)).isTrue();
        assertThat(bench.check(changing, LINUX, NOW, old)).isFalse();
        changing.use(secrets(first));
        assertThat(bench.check(changing, LINUX, NOW, old)).isTrue();
        assertThat(bench.answer(changing, LINUX, NOW, mss(1460)).cookie()).isEqualTo(old);
    }

    @Test
    void aCookieIsGoodForOneClientAndOneNumberAlone() {
        int cookie = bench.answer(node, LINUX, NOW, mss(1460)).cookie();
        bench.port++;
        assertThat(bench.check(node, LINUX, NOW, cookie)).isFalse();
        bench.port--;
        bench.sequence++;
        assertThat(bench.check(node, LINUX, NOW, cookie)).isFalse();
        bench.sequence--;
        bench.client = IpAddress.parse("198.51.100.8");
        assertThat(bench.check(node, LINUX, NOW, cookie)).isFalse();
        bench.client = IpAddress.parse("198.51.100.7");
        bench.service = IpAddress.parse("192.0.2.81");
        assertThat(bench.check(node, LINUX, NOW, cookie)).isFalse();
        bench.service = IpAddress.parse("192.0.2.80");
        assertThat(bench.check(node, LINUX, NOW, cookie)).isTrue();
    }

    /// C10: near the cookie is not the cookie, but where the difference is in what it says.
    @Test
    void whatIsNearACookieSaysOtherThingsOrNothing() {
        CookieExchange.Answer answer =
                bench.answer(node, LINUX, NOW, join(mss(1460), stamps(1, 0)));
        byte[] stamps = stamps(2, answer.timestamp());
        int passed = 0;
        for (int i = -500; i <= 500; i++) {
            passed += bench.check(node, LINUX, NOW, answer.cookie() + i, stamps) ? 1 : 0;
        }
        assertThat(passed).as("of 1001, those of other segment sizes").isLessThanOrEqualTo(16);
        for (int bit = 0; bit < 5; bit++) {
            byte[] changed = stamps(2, answer.timestamp() ^ (1 << bit));
            assertThat(bench.check(node, LINUX, NOW, answer.cookie(), changed))
                    .as("with another scale in the timestamp")
                    .isFalse();
        }
        assertThat(bench.check(node, LINUX, NOW, answer.cookie())).as("without it").isFalse();
    }

    /// As many as the class says: one of 2.8 million without timestamps, one of 89 million with
    /// them. Of a million guesses more than six, or two, are a sign of less.
    @Test
    void guessesHardlyPass() {
        RandomGenerator random = Seed.generator();
        int plain = 0;
        int stamped = 0;
        for (int i = 0; i < 1_000_000; i++) {
            plain += bench.check(node, LINUX, NOW, random.nextInt()) ? 1 : 0;
            byte[] stamps = stamps(1, random.nextInt());
            stamped += bench.check(node, LINUX, NOW, random.nextInt(), stamps) ? 1 : 0;
        }
        assertThat(plain).isLessThanOrEqualTo(6);
        assertThat(stamped).isLessThanOrEqualTo(2);
    }

    /// What others see of numbers tells nothing of the next one.
    @Test
    void cookiesOfNeighboursLieAnywhere() {
        Set<Integer> upper = new HashSet<>();
        Set<Integer> lower = new HashSet<>();
        for (int i = 0; i < 4096; i++) {
            bench.port = 1024 + i;
            int cookie = bench.answer(node, LINUX, NOW, mss(1460)).cookie();
            upper.add(cookie >>> 20);
            lower.add(cookie & 0xFFF);
        }
        assertThat(upper).hasSizeGreaterThan(2400);
        assertThat(lower).as("those with the data").hasSizeGreaterThan(2400);
    }

    @Test
    void aSynOnceMoreGetsTheSameTimestamp() {
        byte[] said = join(mss(1460), stamps(1, 0));
        int first = bench.answer(node, LINUX, NOW, said).timestamp();
        int again = bench.answer(node, LINUX, NOW + 30, said).timestamp();
        assertThat(again).isEqualTo(first);
    }
}
