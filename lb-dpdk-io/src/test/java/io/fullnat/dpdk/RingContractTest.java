// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.testing.PacketIoContract;
import org.junit.jupiter.api.BeforeAll;

/// A DPDK ring device: its port receives what it sends, and takes 1,023 packets at most.
class RingContractTest extends PacketIoContract {
    @BeforeAll
    static void needsDpdk() {
        Prerequisite.dpdk();
    }

    @Override
    protected PacketIo open() {
        return DpdkIo.open(
                DpdkConfig.builder()
                        .port(DpdkPortConfig.of("dpdk0", "ring:").withQueues(1))
                        .workers(2)
                        .buffers(4095)
                        .build());
    }

    @Override
    protected PacketPort receiver(PacketIo io) {
        return io.ports().getFirst();
    }

    @Override
    protected boolean countsBytes() {
        return false;
    }
}
