// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.api.io.Memory;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.ServiceMap;
import io.fullnat.core.translate.TcpOptions;
import org.jspecify.annotations.Nullable;

/// What a [TcpPolicy] does: initial sequence numbers as connections begin, and options of segments
/// with a SYN. Nothing of it is kept of a connection but by how much its numbers are moved. For the
/// worker's thread.
public final class SynSegments implements AutoCloseable {
    private static final int MSS_LENGTH = 4;
    private static final int VALUE = 2;
    private static final int DEFAULT_MSS_4 = 536;
    private static final int DEFAULT_MSS_6 = 1220;

    private final FlowContext context;
    private final InitialNumbers numbers;
    private final Region option = Region.allocate(Region.CACHE_LINE, "an option");

    SynSegments(FlowContext context, long seed) {
        this.context = context;
        numbers = new InitialNumbers(seed);
        Memory.putByte(option.address(), Tcp.OPTION_MAXIMUM_SEGMENT_SIZE);
        Memory.putByte(option.address() + 1, MSS_LENGTH);
    }

    /// Chooses the numbers of a connection that begins, under a tuple of its own or under that of
    /// one that is over.
    ///
    /// @param entry of the connection
    /// @param service of it; null if that is gone
    /// @param sequence of its client's SYN
    public void begin(long entry, @Nullable ServiceEntry service, int sequence) {
        SequenceShifts shifts = context.table().shifts();
        if (service != null && service.tcp().freshIsn()) {
            shifts.set(entry, number(entry, service, sequence) - sequence, 0);
        } else if (ConnectionLayout.isShifted(entry)) {
            shifts.clear(entry);
        }
    }

    /// The number with which a connection would begin towards the real server now.
    ///
    /// @param entry of the connection
    /// @param service of it
    /// @param sequence of its client's SYN
    /// @return a number that wraps
    public int number(long entry, ServiceEntry service, int sequence) {
        return service.tcp().freshIsn() ? numbers.of(entry, context.stack().nowNs()) : sequence;
    }

    /// Changes options of a segment as its service wants them, if it has a SYN.
    ///
    /// @param entry of its connection
    /// @param ip its IP header
    /// @param l4 its TCP header
    /// @param device by which it came
    /// @param to MTU of the link by which it is sent
    /// @return where its IP header begins now
    public long change(long entry, long ip, long l4, int device, int to) {
        if ((Tcp.flags(l4) & Tcp.SYN) == 0) {
            return ip;
        }
        ServiceEntry service = service(entry);
        if (service == null || service.tcp().equals(TcpPolicy.KEEP)) {
            return ip;
        }
        TcpPolicy policy = service.tcp();
        if (policy.stripsTimestamps()) {
            int at = TcpOptions.find(l4, Tcp.OPTION_TIMESTAMPS);
            if (at != 0) {
                TcpOptions.blank(l4, at, TcpOptions.length(l4, at));
            }
        }
        if (policy.mss() == TcpPolicy.KEEP_MSS) {
            return ip;
        }
        boolean comes6 = Ipv6.version(ip) == 6;
        boolean leaves6 = comes6 != ConnectionLayout.isCrossFamily(entry);
        int most = policy.mss();
        if (most == TcpPolicy.PATH_MSS) {
            int from = context.stack().view().device(device).mtu();
            most = Math.min(from - headers(comes6), to - headers(leaves6));
        }
        return clamp(ip, l4, most, leaves6 ? DEFAULT_MSS_6 : DEFAULT_MSS_4);
    }

    private static int headers(boolean ipv6) {
        return (ipv6 ? Ipv6.HEADER_LENGTH : Ipv4.MIN_HEADER_LENGTH) + Tcp.MIN_HEADER_LENGTH;
    }

    /// Never raises what a segment asks for. One that asks for nothing is sent segments of a usual
    /// size (RFC 9293 §3.7.1); only if that is too much, it is made to ask for less.
    private long clamp(long ip, long l4, int most, int usual) {
        int at = TcpOptions.find(l4, Tcp.OPTION_MAXIMUM_SEGMENT_SIZE);
        if (at != 0) {
            if (TcpOptions.length(l4, at) == MSS_LENGTH
                    && Memory.getNetworkShort(l4 + at + VALUE) > most) {
                TcpOptions.write(l4, at + VALUE, most);
            }
            return ip;
        }
        if (most >= usual || TcpOptions.room(l4) < MSS_LENGTH) {
            return ip;
        }
        Memory.putNetworkShort(option.address() + VALUE, most);
        return TcpOptions.insert(ip, l4, option.address(), MSS_LENGTH);
    }

    private @Nullable ServiceEntry service(long entry) {
        ServiceMap services = context.services();
        return services.find(
                ConnectionKey.destinationHigh(entry, ConnectionLayout.INBOUND),
                ConnectionKey.destinationLow(entry, ConnectionLayout.INBOUND),
                ConnectionKey.destinationPort(entry, ConnectionLayout.INBOUND),
                Ipv4.PROTOCOL_TCP);
    }

    @Override
    public void close() {
        option.close();
    }
}
