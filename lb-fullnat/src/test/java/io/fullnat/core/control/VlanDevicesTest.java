// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.core.stack.AdjacencyTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A VLAN's device is made by the change that first names it, and only if that comes into force.
class VlanDevicesTest {
    private static final String VLAN = "lan.100";
    private static final Change ADDRESS =
            new Change.AddAddress(InterfaceAddress.of("10.0.2.1/24", VLAN));

    private final ControlRig rig = new ControlRig().configured();

    @AfterEach
    void close() {
        rig.close();
    }

    private void assertNoDevice() {
        rig.refuses(
                ErrorCode.NO_PORT,
                List.of("neighbours: no device \"lan.100\"; there are wan, lan"),
                new Change.FlushNeighbours(Optional.of(VLAN)));
    }

    @Test
    void aChangeInForceLeavesIt() {
        rig.apply(ADDRESS);

        rig.apply(new Change.FlushNeighbours(Optional.of(VLAN)));
    }

    @Test
    void flushingTheNeighboursOfNoneMakesNone() {
        assertNoDevice();
        assertNoDevice();
    }

    @Test
    void aRefusedChangeLeavesNone() {
        rig.refuses(
                ErrorCode.NO_SERVICE,
                List.of("no service"),
                ADDRESS,
                new Change.RemoveService(ControlRig.NOWHERE, false));

        assertNoDevice();
    }

    @Test
    void aChangeThatIsOnlyCheckedLeavesNone() {
        CompletableFuture<List<Change>> checked =
                rig.balancer.control().check(desired -> List.of(ADDRESS));
        rig.run();
        assertThat(checked).isCompletedWithValue(List.of(ADDRESS));

        assertNoDevice();
    }

    @Test
    void aChangeThatAWorkerRefusesLeavesNone() {
        List<Change> changes = new ArrayList<>(List.of(ADDRESS));
        for (int i = 0; i < AdjacencyTable.MAX_STATIC; i++) {
            IpAddress address = new Ipv4Address(0x0A00_0300 + i);
            MacAddress mac = MacAddress.parse(ControlRig.SERVER_MAC);
            changes.add(new Change.SetNeighbour(new Neighbour(address, mac, VLAN)));
        }
        rig.refuses(
                ErrorCode.WORKER_REFUSED,
                List.of("static neighbours"),
                changes.toArray(new Change[0]));

        assertNoDevice();
    }

    @Test
    void numbersAreGivenAgainToDevicesThatComeIntoForce() {
        rig.refuses(
                ErrorCode.NO_SERVICE,
                List.of("no service"),
                ADDRESS,
                new Change.RemoveService(ControlRig.NOWHERE, false));
        rig.apply(new Change.AddAddress(InterfaceAddress.of("10.0.9.1/24", "wan.9")));
        rig.apply(ADDRESS);

        assertThat(rig.answersFor("10.0.1.1")).isTrue();
        rig.refuses(
                ErrorCode.NO_PORT,
                List.of("there are wan, lan, wan.9, lan.100"),
                new Change.FlushNeighbours(Optional.of("lan.7")));
    }
}
