// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.cookie.CookieTerms;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.HeldFrames;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Each field by itself, at its largest and least: none overlaps another, and what is filled in
/// elsewhere comes over whole.
class HandshakeRecordTest {
    private static final int LENGTH = HandshakeRecord.LENGTH;

    private final Region memory = Region.allocate(4L * LENGTH + 256, "records");
    private final long record = memory.address() + LENGTH;
    private final long other = memory.address() + 2L * LENGTH;
    private final CookieTerms terms = new CookieTerms();

    @BeforeEach
    void poison() {
        for (long at = memory.address(); at < memory.address() + memory.size(); at++) {
            Memory.putByte(at, 0xA5);
        }
        Memory.zero(record, LENGTH);
        Memory.zero(other, LENGTH);
    }

    @AfterEach
    void close() {
        assertThat(Memory.getUnsignedByte(record - 1)).as("in front of it").isEqualTo(0xA5);
        assertThat(Memory.getUnsignedByte(other + LENGTH)).as("behind it").isEqualTo(0xA5);
        memory.close();
    }

    private void terms(int number, int size, int clientScale, int ownScale) {
        terms.begin(number, ~number, size);
        terms.options(clientScale, ownScale, true);
        terms.timestamps(number + 1, number + 2);
        HandshakeRecord.terms(record, terms);
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 0, 14", "-1, 65535, 14, 0", "2147483647, 1460, -1, -1"})
    void termsAreKept(int number, int size, int clientScale, int ownScale) {
        terms(number, size, clientScale, ownScale);
        assertThat(HandshakeRecord.cookie(record)).isEqualTo(number);
        assertThat(HandshakeRecord.clientSequence(record)).isEqualTo(~number);
        assertThat(HandshakeRecord.end(record)).as("behind the SYN").isEqualTo(-number);
        assertThat(HandshakeRecord.ownTimestamp(record)).isEqualTo(number + 1);
        assertThat(HandshakeRecord.clientTimestamp(record)).isEqualTo(number + 2);
        assertThat(HandshakeRecord.segmentSize(record)).isEqualTo(size);
        assertThat(HandshakeRecord.clientScale(record)).isEqualTo(clientScale);
        assertThat(HandshakeRecord.ownScale(record)).isEqualTo(ownScale);
        assertThat(HandshakeRecord.isSelective(record)).isTrue();
        assertThat(HandshakeRecord.hasTimestamps(record)).isTrue();
    }

    @Test
    void eachOptionIsKnownByItself() {
        terms.begin(1, 2, 536);
        HandshakeRecord.terms(record, terms);
        assertThat(HandshakeRecord.isSelective(record)).isFalse();
        assertThat(HandshakeRecord.hasTimestamps(record)).isFalse();
        terms.timestamps(3, 4);
        HandshakeRecord.terms(record, terms);
        assertThat(HandshakeRecord.isSelective(record)).isFalse();
        assertThat(HandshakeRecord.hasTimestamps(record)).isTrue();
        terms.begin(1, 2, 536);
        terms.options(CookieTerms.NO_SCALE, CookieTerms.NO_SCALE, true);
        HandshakeRecord.terms(record, terms);
        assertThat(HandshakeRecord.isSelective(record)).isTrue();
        assertThat(HandshakeRecord.hasTimestamps(record)).isFalse();
    }

    /// Of the longest IP header as many bytes are kept of either family.
    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void whereTheClientsPacketsComeFromIsKept(boolean ipv6, boolean tagged) {
        PacketBuilder packet = PacketBuilder.ethernet("02:00:00:00:00:0a", "02:00:00:00:00:0b");
        if (tagged) {
            packet.vlan(0xABC);
        }
        packet =
                ipv6
                        ? packet.ipv6("2001:db8::7", "2001:db8::80")
                        : packet.ipv4("192.0.2.7", "192.0.2.80");
        long data = other + LENGTH + 8;
        int length = packet.tcp(0xFEDC, 443).window(0xFFFE).payload(new byte[40]).writeTo(data);
        int link = tagged ? 18 : 14;
        Frame frame = new Frame();
        frame.set(1, data, length, 65_535);
        frame.link(Integer.MAX_VALUE, link);
        long l4 = data + link + (ipv6 ? 40 : Ipv4.MIN_HEADER_LENGTH);
        byte[] sent = Memory.toBytes(data, length);
        int ports = Memory.getInt(l4);

        HandshakeRecord.origin(record, frame, l4);
        Memory.zero(data, length); // its buffer is given back

        assertThat(HandshakeRecord.linkLength(record)).isEqualTo(link);
        assertThat(Memory.toBytes(HandshakeRecord.link(record), link))
                .isEqualTo(Arrays.copyOf(sent, link));
        assertThat(Memory.toBytes(HandshakeRecord.ip(record), 40))
                .isEqualTo(Arrays.copyOfRange(sent, link, link + 40));
        assertThat(HandshakeRecord.ports(record)).isEqualTo(ports);
        assertThat(HandshakeRecord.window(record)).isEqualTo(0xFFFE);
        assertThat(HandshakeRecord.port(record)).isEqualTo(65_535);
        assertThat(HandshakeRecord.device(record)).isEqualTo(Integer.MAX_VALUE);
    }

    /// All of them stand side by side, set to ones and back one after the other.
    @ParameterizedTest
    @ValueSource(ints = {0, -1})
    void noFieldOverlapsAnother(int fill) {
        long all = fill;
        HandshakeRecord.next(record, fill);
        HandshakeRecord.previous(record, ~fill);
        HandshakeRecord.entry(record, all);
        HandshakeRecord.queued(record, fill & 7, ~all);
        HandshakeRecord.end(record, fill);
        HandshakeRecord.window(record, fill & 0xFFFF);
        HandshakeRecord.clientTimestamp(record, ~fill);
        HandshakeRecord.waiting(record, all);

        assertThat(HandshakeRecord.next(record)).isEqualTo(fill);
        assertThat(HandshakeRecord.previous(record)).isEqualTo(~fill);
        assertThat(HandshakeRecord.entry(record)).isEqualTo(all);
        assertThat(HandshakeRecord.tries(record)).isEqualTo(fill & 7);
        assertThat(HandshakeRecord.deadline(record)).isEqualTo(~all);
        assertThat(HandshakeRecord.end(record)).isEqualTo(fill);
        assertThat(HandshakeRecord.window(record)).isEqualTo(fill & 0xFFFF);
        assertThat(HandshakeRecord.clientTimestamp(record)).isEqualTo(~fill);
        assertThat(HandshakeRecord.waiting(record)).isEqualTo(all);
        assertThat(HandshakeRecord.heldCount(record)).isZero();
        assertThat(HandshakeRecord.isSent(record)).isFalse();
        assertThat(HandshakeRecord.cookie(record)).isZero();
        assertThat(HandshakeRecord.ownTimestamp(record)).isZero();
    }

    @Test
    void theFirstAndTheLastSegmentThatIsHeldAreKnown() {
        assertThat(HandshakeRecord.firstHeld(record)).isEqualTo(HeldFrames.NONE);
        for (int i = 1; i <= HandshakeRecord.MOST_HELD; i++) {
            HandshakeRecord.held(record, 100 + i);
            assertThat(HandshakeRecord.heldCount(record)).isEqualTo(i);
            assertThat(HandshakeRecord.firstHeld(record)).isEqualTo(101);
            assertThat(HandshakeRecord.lastHeld(record)).isEqualTo(100 + i);
        }
    }

    @Test
    void aSynThatWasSentIsNoted() {
        HandshakeRecord.sent(record);
        assertThat(HandshakeRecord.isSent(record)).isTrue();
        assertThat(HandshakeRecord.heldCount(record)).isZero();
        assertThat(HandshakeRecord.tries(record)).isZero();
    }

    /// What belongs to a handshake that is under way does not come from there.
    @Test
    void aRecordIsFilledFromAnotherButForItsPlace() {
        terms(7, 1460, 3, 4);
        HandshakeRecord.window(record, 99);
        HandshakeRecord.waiting(record, 5);
        HandshakeRecord.next(record, 1);
        HandshakeRecord.entry(record, 2);
        HandshakeRecord.queued(record, 3, 4);
        HandshakeRecord.held(record, 5);
        HandshakeRecord.sent(record);

        HandshakeRecord.fill(other, record);

        assertThat(Memory.toBytes(other + 40, LENGTH - 40))
                .isEqualTo(Memory.toBytes(record + 40, LENGTH - 40));
        assertThat(Memory.toBytes(other, 40)).containsOnly(0);
        assertThat(HandshakeRecord.end(other)).isEqualTo(~7 + 1);
        assertThat(HandshakeRecord.window(other)).isEqualTo(99);
    }
}
