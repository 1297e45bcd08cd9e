// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.AccessRule;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.memory.Region;
import io.fullnat.core.service.AccessFilter;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.set.SetQuestion;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Which connections a change ends, asked of entries as a table holds them: with a local address,
/// and without one, as a mode that translates no source leaves them.
class PurgeRulesTest {
    private static final int SERVER = 7;
    private static final int LOCAL = 3;
    private static final String LOCAL_ADDRESS = "10.0.1.100";

    private final Region memory = Region.allocate(2L * ConnectionLayout.ENTRY_LENGTH, "test");
    private final long withLocal = entry(memory.address(), LOCAL);
    private final long without =
            entry(memory.address() + ConnectionLayout.ENTRY_LENGTH, ConnectionLayout.NO_LOCAL);

    @AfterEach
    void free() {
        memory.close();
    }

    private static long entry(long entry, int local) {
        Memory.putNetworkInt(entry + ConnectionLayout.ADDRESSES, 0xC633_6407); // 198.51.100.7
        Memory.putInt(entry + ConnectionLayout.TRAFFIC, TrafficTable.offset(SERVER, 0));
        Memory.putInt(entry + ConnectionLayout.LOCAL, local);
        long out = entry + ConnectionLayout.FLOW_LENGTH;
        Memory.putNetworkInt(out + ConnectionLayout.ADDRESSES + 4, 0x0A00_0164); // 10.0.1.100
        return entry;
    }

    private static PurgeRules keeping(int server, String denied) {
        AccessFilter filter =
                new AccessFilter(
                        List.of(new AccessRule(AccessRule.Action.DENY, IpPrefix.parse(denied))));
        return new PurgeRules(Map.of(server, filter), List.of(), List.of());
    }

    private static PurgeRules matching(ConnectionFilter filter, Integer... servers) {
        ConnectionMatch match = new ConnectionMatch(filter, List.of(servers));
        return new PurgeRules(Map.of(), List.of(), List.of(match));
    }

    @Test
    void clientsThatAreKeptOutLoseConnectionsWithAndWithoutALocalAddress() {
        PurgeRules rules = keeping(SERVER, "198.51.100.0/24");

        assertThat(rules.end(withLocal, new SetQuestion())).isTrue();
        assertThat(rules.end(without, new SetQuestion())).isTrue();
    }

    @Test
    void otherClientsAndOtherServersKeepTheirs() {
        assertThat(keeping(SERVER, "203.0.113.0/24").end(withLocal, new SetQuestion())).isFalse();
        assertThat(keeping(SERVER, "203.0.113.0/24").end(without, new SetQuestion())).isFalse();
        assertThat(keeping(LOCAL, "198.51.100.0/24").end(withLocal, new SetQuestion())).isFalse();
    }

    @Test
    void aForcedLocalAddressEndsNoConnectionThatHasNone() {
        PurgeRules rules = new PurgeRules(Map.of(), List.of(LOCAL), List.of());

        assertThat(rules.end(withLocal, new SetQuestion())).isTrue();
        assertThat(rules.end(without, new SetQuestion())).isFalse();
    }

    @Test
    void aServerTakesItsConnectionsAlong() {
        PurgeRules rules =
                new PurgeRules(Map.of(SERVER, AccessFilter.CLOSED), List.of(), List.of());

        assertThat(rules.end(withLocal, new SetQuestion())).isTrue();
        assertThat(rules.end(without, new SetQuestion())).isTrue();
    }

    /// Addresses of IPv4 are mapped, so their bits are some of `::/0`.
    @Test
    void clientsAreMatchedByTheirFamily() {
        ConnectionFilter all = ConnectionFilter.ALL;

        assertThat(
                        matching(all.withClients(IpPrefix.parse("::/0")))
                                .end(withLocal, new SetQuestion()))
                .isFalse();
        assertThat(
                        matching(all.withClients(IpPrefix.parse("0.0.0.0/0")))
                                .end(withLocal, new SetQuestion()))
                .isTrue();
        assertThat(matching(all).end(withLocal, new SetQuestion())).isTrue();
    }

    @Test
    void aServerIsMatchedByItsSlotAndALocalAddressOnlyWhereThereIsOne() {
        ConnectionFilter server = ConnectionFilter.ALL.withServer(Endpoint.of("10.0.1.11", 0));
        ConnectionFilter local = ConnectionFilter.ALL.withLocal(IpAddress.parse(LOCAL_ADDRESS));

        assertThat(matching(server, SERVER).end(without, new SetQuestion())).isTrue();
        assertThat(matching(server, SERVER + 1).end(without, new SetQuestion())).isFalse();
        assertThat(matching(server).end(withLocal, new SetQuestion())).isFalse();
        assertThat(matching(local).end(withLocal, new SetQuestion())).isTrue();
        assertThat(matching(local).end(without, new SetQuestion())).isFalse();
    }
}
