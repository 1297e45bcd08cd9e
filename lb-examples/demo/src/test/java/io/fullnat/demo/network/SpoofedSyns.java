// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.fullnat.api.Endpoint;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Sends SYNs from addresses that are not its own, by a raw socket (raw(7)) of the namespace it is
/// used in: to a virtual address in a lab, which only that namespace's route leads to.
@SuppressWarnings("restricted")
final class SpoofedSyns {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCKADDR_IN = 16;
    private static final int SOCKADDR_IN6 = 28;
    private static final int SOCK_RAW = 3;
    private static final int IPPROTO_RAW = 255;
    private static final int ETHERNET = 14;
    private static final int IPV6_HEADER = 40;
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle SOCKET =
            call("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle SENDTO =
            call(
                    "sendto",
                    FunctionDescriptor.of(
                            JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle CLOSE =
            call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private SpoofedSyns() {}

    private static MethodHandle call(String name, FunctionDescriptor type) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type);
    }

    /// Sends until told otherwise, each SYN from another port or address of networks to which no
    /// route leads back.
    ///
    /// @param to the service
    /// @param perSecond how many
    /// @param goesOn asked before each
    /// @return how many were sent
    static int send(Endpoint to, int perSecond, BooleanSupplier goesOn) {
        try (Arena arena = Arena.ofConfined()) {
            int family = to.address().bitLength() == 32 ? AF_INET : AF_INET6;
            int socket = (int) SOCKET.invokeExact(family, SOCK_RAW, IPPROTO_RAW);
            if (socket < 0) {
                throw new IllegalStateException("no raw socket; it needs root with CAP_NET_RAW");
            }
            MemorySegment address = address(arena, family, to);
            int addressLength = (int) address.byteSize();
            int length = packet(0, to).length;
            MemorySegment bytes = arena.allocate(length);
            long start = System.nanoTime();
            int sent = 0;
            while (goesOn.getAsBoolean()) {
                bytes.copyFrom(MemorySegment.ofArray(packet(sent, to)));
                // What the kernel has no room for is lost, as on any wire.
                long result =
                        (long)
                                SENDTO.invokeExact(
                                        socket, bytes, (long) length, 0, address, addressLength);
                sent += result == length ? 1 : 0;
                while (System.nanoTime() - start < sent * 1_000_000_000L / perSecond) {
                    LockSupport.parkNanos(100_000);
                }
            }
            int _ = (int) CLOSE.invokeExact(socket);
            return sent;
        } catch (RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable failure) {
            throw new IllegalStateException(failure);
        }
    }

    /// As `sendto` takes it, ip(7), ipv6(7): without a port, which raw sockets have none of.
    private static MemorySegment address(Arena arena, int family, Endpoint to) {
        boolean ipv4 = family == AF_INET;
        MemorySegment address = arena.allocate(ipv4 ? SOCKADDR_IN : SOCKADDR_IN6);
        address.asByteBuffer().order(ByteOrder.nativeOrder()).putShort((short) family);
        byte[] own = InetAddress.ofLiteral(to.address().toString()).getAddress();
        MemorySegment.copy(own, 0, address, JAVA_BYTE, ipv4 ? 4 : 8, own.length);
        return address;
    }

    private static byte[] packet(int number, Endpoint to) {
        int third = number / 12_000 % 100;
        int fourth = 1 + number / 1_200_000;
        String destination = to.address().toString();
        PacketBuilder ethernet = PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02");
        PacketBuilder ip =
                to.address().bitLength() == 32
                        ? ethernet.ipv4("203.0." + third + "." + fourth, destination)
                        : ethernet.ipv6("2001:db8:f::" + third + ":" + fourth, destination);
        byte[] frame =
                ip.tcp(1_024 + number % 12_000, to.port())
                        .sequence(number)
                        .flags(Tcp.SYN)
                        .toBytes();
        ByteBuffer header = ByteBuffer.wrap(frame);
        int length =
                to.address().bitLength() == 32
                        ? header.getShort(ETHERNET + 2) & 0xFFFF
                        : IPV6_HEADER + (header.getShort(ETHERNET + 4) & 0xFFFF);
        return Arrays.copyOfRange(frame, ETHERNET, ETHERNET + length);
    }
}
