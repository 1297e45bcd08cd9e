// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.open.ModifiedPacket;
import io.fullnat.core.open.PacketModifier;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.translate.TcpOptions;

/// The modifier of [ModifierTest]: puts a TCP option into a client's SYN and first data and takes
/// one of that kind out of answers. The record: the sequence number behind the first data, and
/// whether there have been any.
final class Stamp implements PacketModifier {
    static final byte[] OPTION = {(byte) 253, 8, 1, 2, 3, 4, 5, 6};

    final long option;
    int begun;
    int seen;
    int ended;
    boolean fails;
    boolean failsAtBegin;

    Stamp(long option) {
        this.option = option;
    }

    @Override
    public void begin(long entry, long record, ServiceEntry service) {
        assertThat(Memory.getLong(record)).as("record").isZero();
        begun++;
        if (failsAtBegin) {
            throw new IllegalStateException("a modifier that fails at once");
        }
    }

    @Override
    public void modify(ModifiedPacket packet) {
        seen++;
        if (fails) {
            throw new IllegalStateException("a modifier that fails");
        }
        if (packet.direction() == ConnectionLayout.INBOUND) {
            request(packet);
        } else {
            answer(packet);
        }
    }

    private void request(ModifiedPacket packet) {
        long l4 = packet.transport();
        int data = packet.transportLength() - Tcp.headerLength(l4);
        int total = (int) (l4 - packet.ip()) + packet.transportLength();
        int end = Tcp.sequence(l4) + data;
        if (data > 0 && Memory.getInt(packet.record() + 4) == 0) {
            Memory.putInt(packet.record(), end);
            Memory.putInt(packet.record() + 4, 1);
        }
        boolean first = data > 0 && end - Memory.getInt(packet.record()) <= 0;
        boolean wanted = first || (Tcp.flags(l4) & Tcp.SYN) != 0;
        boolean fits =
                TcpOptions.room(l4) >= OPTION.length && total + OPTION.length <= packet.mtu();
        if (wanted && fits) {
            packet.ip(TcpOptions.insert(packet.ip(), l4, option, OPTION.length));
        }
    }

    private static void answer(ModifiedPacket packet) {
        int at = TcpOptions.find(packet.transport(), OPTION[0] & 0xFF);
        if (at > 0) {
            packet.ip(TcpOptions.remove(packet.ip(), packet.transport(), at, OPTION.length));
        }
        int acknowledged = Tcp.acknowledgement(packet.transport());
        boolean first = Memory.getInt(packet.record() + 4) != 0;
        if (first && acknowledged - Memory.getInt(packet.record()) >= 0) {
            packet.done();
        }
    }

    @Override
    public void ended(long record) {
        ended++;
    }
}
