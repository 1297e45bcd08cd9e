// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.testing.PacketIoContract;

// begin of contract
/// What [PacketIo] promises, asked of a wire through a [CountingIo].
class CountingIoContractTest extends PacketIoContract {
    private final InMemoryIo wire =
            InMemoryIo.builder()
                    .buffers(4096)
                    .wire(
                            PortSettings.of("near", "02:00:00:00:00:01"),
                            PortSettings.of("far", "02:00:00:00:00:02"))
                    .open();

    @Override
    protected PacketIo open() {
        return CountingIo.around(wire);
    }

    @Override
    protected PacketPort receiver(PacketIo io) {
        return wire.wire("near").far(); // where arrives what the first port sends
    }

    @Override
    protected boolean setLink(boolean up) {
        wire.wire("near").link(up);
        return true;
    }
}
// end of contract
