// SPDX-License-Identifier: Apache-2.0
package io.fullnat.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fullnat.api.BalancerException;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.FlowRule;
import io.fullnat.api.io.FlowRules;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// What [io.fullnat.api.io.PacketIo] and its parts promise, whatever is behind them. The test of an
/// implementation inherits this, opens its ports and says which of them are joined; what a port
/// says that it cannot do is not asked of it. After each test all buffers must be back.
///
/// **Threads:** all of a test runs on one thread, which is that of both workers.
public abstract class PacketIoContract extends ContractPorts {
    /// Makes a test; JUnit calls it.
    protected PacketIoContract() {}

    /// A frame is delivered as it was sent, and none overtakes another, whatever the sizes of the
    /// bursts that send and receive.
    @Test
    protected void deliversFramesWholeAndInOrder() {
        RandomGenerator random = Seed.generator();
        for (int size : new int[] {1, 2, 3, 31, 32, 33, 64, 200}) {
            if (size > 64 && losesWhatItCannotTake()) {
                continue;
            }
            List<byte[]> sent = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                sent.add(TestFrames.random(random, random.nextInt(60, longest() + 1)));
            }
            send(sent);
            assertFrames(sent, receive(size, 1 + size % 48));
        }
    }

    /// The shortest frame and the longest, with and without VLAN tag, arrive with their lengths.
    @Test
    protected void deliversTheShortestAndTheLongest() {
        RandomGenerator random = Seed.generator();
        List<byte[]> sent =
                List.of(
                        TestFrames.random(random, 60),
                        TestFrames.random(random, longest() - 1),
                        TestFrames.random(random, longest()),
                        TestFrames.tagged(random, 64),
                        TestFrames.tagged(random, longest() + TestFrames.TAG));
        send(sent);
        assertFrames(sent, receive(sent.size(), 32));
    }

    /// A frame may start anywhere from the headroom on.
    @Test
    protected void sendsFromWhereDataSays() {
        byte[] frame = TestFrames.random(Seed.generator(), 114);
        for (int shift : new int[] {-BufferPool.HEADROOM, -4, 1, 64}) {
            PacketBurst burst = new PacketBurst(1);
            assertTrue(pool().allocate(burst));
            Memory.fromBytes(frame, burst.data(0) + shift);
            burst.set(0, burst.data(0) + shift, frame.length);
            transmit(burst);
            assertFrames(List.of(frame), receive(1, 1));
        }
    }

    /// A received packet may be sent by another port of the same I/O without a copy, and its room
    /// in front may be written.
    @Test
    protected void sendsOnWhatWasReceived() {
        byte[] frame = TestFrames.random(Seed.generator(), 300);
        send(List.of(frame));
        PacketBurst burst = new PacketBurst(1);
        receiveInto(burst);
        Memory.zero(burst.data(0) - BufferPool.HEADROOM, BufferPool.HEADROOM);
        transmit(burst);
        assertFrames(List.of(frame), receive(1, 1));
    }

    /// A burst that is received into is cleared first.
    @Test
    protected void receivesNothingIntoAClearedBurst() {
        PacketBurst burst = new PacketBurst(4);
        burst.add(1, 1, 1, 0);
        assertEquals(0, receiver().queue(0).receive(burst));
        assertEquals(0, burst.size());
    }

    /// An empty burst is sent whole.
    @Test
    protected void sendsAnEmptyBurst() {
        assertEquals(0, sender().queue(0).transmit(new PacketBurst(4)));
    }

    /// What is not taken stays with the caller, the burst is not changed, and the reason is that
    /// there is no room. All that was taken arrives.
    @Test
    protected void leavesToTheCallerWhatItDoesNotTake() {
        assumeTrue(!losesWhatItCannotTake(), "a medium that may lose takes everything");
        List<byte[]> taken = new ArrayList<>();
        RandomGenerator random = Seed.generator();
        int count = 32;
        for (int bursts = 0; bursts < 64 && count == 32; bursts++) {
            List<byte[]> frames = new ArrayList<>();
            PacketBurst burst = new PacketBurst(32);
            while (!burst.isFull()) {
                frames.add(TestFrames.random(random, 60));
                append(burst, frames.getLast());
            }
            count = sender().queue(0).transmit(burst);
            assertEquals(32, burst.size(), "the burst is not changed");
            taken.addAll(frames.subList(0, count));
            if (count < 32) {
                assertEquals(Refusal.BUSY, sender().queue(0).refusal());
            }
            burst.removeFirst(count);
            pool().freeAll(burst);
        }
        assertFrames(taken, receive(taken.size(), 32));
        send(taken.subList(0, 1));
        assertEquals(1, receive(1, 1).size(), "there is room again");
    }

    /// A frame that is longer than the MTU allows, or shorter than an Ethernet header, is refused
    /// for good and counted, or arrives. What stands behind it can be sent.
    @Test
    protected void refusesForGoodWhatItNeverTakes() {
        RandomGenerator random = Seed.generator();
        byte[] good = TestFrames.random(random, 100);
        List<byte[]> odd = new ArrayList<>();
        odd.add(new byte[TestFrames.ETHERNET - 1]);
        if (sender().mtu() + 32 <= pool().dataCapacity()) {
            odd.add(TestFrames.random(random, longest() + TestFrames.TAG + 1));
        }
        for (byte[] frame : odd) {
            long errors = sender().statistics().sendErrors();
            PacketBurst burst = new PacketBurst(2);
            append(burst, frame);
            append(burst, good);
            int count = sender().queue(0).transmit(burst);
            if (count == 0) {
                assertEquals(Refusal.PACKET, sender().queue(0).refusal(), "of " + frame.length);
                assertEquals(errors + 1, sender().statistics().sendErrors());
                pool().free(burst.buffer(0));
                burst.removeFirst(1);
                transmit(burst);
            } else if (count == 1) {
                burst.removeFirst(1);
                transmit(burst);
            }
            assertArrayEquals(good, receiveUntil(good));
        }
    }

    /// While the link is down nothing is taken, the reason is said, and what the caller gives up is
    /// counted. Afterwards all goes on.
    ///
    /// @throws Exception of [#setLink]
    @Test
    protected void saysThatTheLinkIsDown() throws Exception {
        byte[] frame = TestFrames.random(Seed.generator(), 100);
        assertTrue(sender().link().up());
        assumeTrue(setLink(false), "the link cannot be taken down");
        try {
            await(() -> !sender().link().up());
            long errors = sender().statistics().sendErrors();
            PacketBurst burst = new PacketBurst(1);
            append(burst, frame);
            assertEquals(0, sender().queue(0).transmit(burst));
            assertEquals(Refusal.LINK_DOWN, sender().queue(0).refusal());
            assertEquals(errors + 1, sender().statistics().sendErrors());
            pool().freeAll(burst);
        } finally {
            setLink(true);
        }
        await(() -> sender().link().up());
        send(List.of(frame));
        assertFrames(List.of(frame), receive(1, 1));
    }

    /// A verdict on the header's checksum is right, and comes only from a port that says it gives
    /// one.
    @Test
    protected void judgesChecksumsRightlyOrNotAtAll() {
        for (boolean right : new boolean[] {true, false}) {
            send(List.of(TestFrames.datagram(0x0A000001, 0x0A000002, 9, right)));
            PacketBurst burst = new PacketBurst(1);
            receiveInto(burst);
            int wrong = right ? PacketBurst.IP_CHECKSUM_BAD : PacketBurst.IP_CHECKSUM_GOOD;
            int given = PacketBurst.IP_CHECKSUM_GOOD | PacketBurst.IP_CHECKSUM_BAD;
            int verdict = burst.verdict(0) & given;
            assertEquals(0, verdict & wrong, right ? "of a right one" : "of a wrong one");
            assertTrue(verdict == 0 || receiver().capabilities().receiveIpChecksum());
            pool().freeAll(burst);
        }
    }

    /// Neither the sender's tag nor a verdict of the packet's arrival travels with it.
    @Test
    protected void sendsNeitherVerdictNorTag() {
        byte[] frame = TestFrames.datagram(0x0A000001, 0x0A000002, 9, true);
        PacketBurst burst = new PacketBurst(2);
        append(burst, frame);
        append(burst, frame);
        int own = ~(0xFF << PacketBurst.TAG_LOW_BITS) & 0xFF_FFFF;
        burst.send(0, burst.data(0), frame.length, own);
        burst.put(1, burst.buffer(1), burst.data(1), frame.length, PacketBurst.IP_CHECKSUM_BAD);
        transmit(burst);
        for (int left = 2; left > 0; left -= 1) {
            PacketBurst one = new PacketBurst(1);
            receiveInto(one);
            assertEquals(0, one.tag(0));
            assertEquals(0, one.verdict(0) & PacketBurst.IP_CHECKSUM_BAD);
            pool().freeAll(one);
        }
    }

    /// Packets and bytes are counted, bytes without frame check sequence.
    @Test
    protected void countsPacketsAndBytes() {
        RandomGenerator random = Seed.generator();
        long sentBefore = sender().statistics().sentPackets();
        long receivedBefore = receiver().statistics().receivedPackets();
        long bytesBefore = receiver().statistics().receivedBytes();
        send(List.of(TestFrames.random(random, 100), TestFrames.random(random, 200)));
        receive(2, 2);
        assertEquals(2, sender().statistics().sentPackets() - sentBefore);
        assertEquals(2, receiver().statistics().receivedPackets() - receivedBefore);
        long bytes = receiver().statistics().receivedBytes() - bytesBefore;
        assertEquals(countsBytes() ? 300 : 0, bytes);
    }

    /// Rules are in place all or none, steer what they match, and are taken away again.
    @Test
    protected void steersByFlowRules() {
        assumeTrue(receiver().flowRules().isPresent(), "the port takes no rules");
        FlowRules rules = receiver().flowRules().orElseThrow();
        int queues = receiver().queueCount();
        IpAddress to = IpAddress.parse("10.0.0.2");
        FlowRule last = new FlowRule(Protocol.UDP, 0, to, 1, 1, queues - 1);
        FlowRule beyond = new FlowRule(Protocol.UDP, 0, to, 0, 1, queues);
        assertThrows(BalancerException.class, () -> rules.install(List.of(last, beyond)));

        FlowRules.Installed installed = rules.install(List.of(last));
        for (int port = 1001; port < 1033; port += 2) {
            send(List.of(TestFrames.datagram(0x0A000001 + port, 0x0A000002, port, true)));
            PacketBurst burst = new PacketBurst(1);
            assertEquals(queues - 1, receiveInto(burst), "the queue of port " + port);
            pool().freeAll(burst);
        }
        installed.remove();
        rules.install(List.of(last)).remove(); // there is room for it again
    }

    /// All buffers can be had, each of them once; an empty pool says so and recovers.
    @Test
    protected void givesOutAllBuffersAndTakesThemBack() {
        List<PacketBurst> held = new ArrayList<>();
        List<Long> handles = new ArrayList<>();
        boolean left = true;
        while (left) {
            PacketBurst burst = new PacketBurst(256);
            do {
                left = pool().allocate(burst);
            } while (left && !burst.isFull());
            for (int i = 0; i < burst.size(); i++) {
                handles.add(burst.buffer(i));
            }
            held.add(burst);
        }
        assertTrue(handles.size() > 1000, handles.size() + " buffers");
        assertEquals(handles.size(), handles.stream().distinct().count());
        assertFalse(handles.contains(0L), "a handle of 0");
        assertEquals(handles.size(), pool().inUse());
        assertTrue(handles.size() <= pool().capacity(), pool().capacity() + " in all");
        held.forEach(pool()::freeAll);
        assertTrue(held.stream().allMatch(burst -> burst.size() == 0), "bursts are cleared");
        assertEquals(0, pool().inUse());
        PacketBurst again = new PacketBurst(1);
        assertTrue(pool().allocate(again));
        pool().free(again.buffer(0));
    }

    /// A fresh buffer is empty and has the room that is promised, and shares none of it.
    @Test
    protected void givesEachBufferHeadroomAndRoomOfItsOwn() {
        int room = pool().dataCapacity();
        assertTrue(room >= 1514 + TestFrames.TAG && room >= longest() + TestFrames.TAG);
        PacketBurst burst = new PacketBurst(64);
        while (!burst.isFull()) {
            assertTrue(pool().allocate(burst));
        }
        for (int i = 0; i < burst.size(); i++) {
            assertEquals(0, burst.length(i));
            Memory.zero(burst.data(i) - BufferPool.HEADROOM, BufferPool.HEADROOM + (long) room);
            for (int j = 0; j < i; j++) {
                long distance = Math.abs(burst.data(i) - burst.data(j));
                assertTrue(distance >= BufferPool.HEADROOM + room, "buffers " + i + ", " + j);
            }
        }
        pool().freeAll(burst);
    }

    /// A buffer may be freed by another worker than the one that got it.
    @Test
    protected void takesABufferBackFromAnotherWorker() {
        PacketBurst burst = new PacketBurst(32);
        while (!burst.isFull()) {
            assertTrue(pool().allocate(burst));
        }
        io().buffers(1).freeAll(burst);
        assertEquals(0, io().buffers(1).inUse());
    }

    /// Ports, queues and pools are the same objects at each call, and say what they are.
    @Test
    protected void staysTheSame() {
        assertEquals(io().ports(), io().ports());
        assertSame(io().buffers(1), io().buffers(1));
        for (PacketPort port : io().ports()) {
            assertSame(port.queue(0), port.queue(0));
            assertNotEquals(0, port.queueCount());
            assertTrue(port.queueCount() <= port.capabilities().maxQueues(), port.name());
            assertTrue(port.mtu() <= port.capabilities().maxMtu(), port.name());
            assertFalse(port.mac().isGroup(), port.name());
            assertFalse(port.name().isBlank());
            assertSame(
                    port,
                    io().ports().stream()
                            .filter(other -> other.name().equals(port.name()))
                            .findFirst()
                            .orElseThrow(),
                    "names are unique");
            if (port.queueCount() > 1) {
                assertNotSame(port.queue(0), port.queue(1));
            }
        }
    }

    /// Closing twice does what closing once does.
    @Test
    protected void canBeClosedTwice() {
        detach();
        io().close();
        io().close();
    }
}
