// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.testing.PacketIoContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/// Two packet-socket ports on the ends of a veth pair, in a namespace of the test's own.
class AfPacketContractTest extends PacketIoContract {
    private static NetworkNamespace namespace;

    @BeforeAll
    static void makeNamespace() {
        Prerequisite.dpdk();
        Prerequisite.rootWithNamespaces();
        namespace = new NetworkNamespace();
    }

    @AfterAll
    static void deleteNamespace() {
        if (namespace != null) {
            namespace.close();
        }
    }

    @Override
    protected PacketIo open() {
        namespace.enter();
        try {
            return DpdkIo.open(
                    DpdkConfig.builder()
                            .port(DpdkPortConfig.of("dpdk0", "af_packet:veth0").withQueues(1))
                            .port(DpdkPortConfig.of("dpdk1", "af_packet:veth1").withQueues(1))
                            .workers(2)
                            .buffers(4095)
                            .build());
        } finally {
            NetworkNamespace.leave();
        }
    }

    @Override
    protected PacketPort receiver(PacketIo io) {
        return io.ports().get(1);
    }

    @Override
    protected boolean setLink(boolean up) {
        namespace.inside("ip", "link", "set", "veth0", up ? "up" : "down");
        return true;
    }
}
