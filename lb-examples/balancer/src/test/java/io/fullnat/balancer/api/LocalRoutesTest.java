// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import static io.fullnat.balancer.api.ApiRig.WEB;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.VirtualService;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Local addresses, entry and interface address together, both or neither.
@Timeout(60)
final class LocalRoutesTest {
    private static final String LOCAL = "{\"addr\":\"10.0.1.101\",\"device\":\"lan\"}";
    private static final String OTHER = "/v2/vs/192.0.2.80-443-tcp";
    private static final String UNKNOWN = "/v2/vs/192.0.2.99-1-tcp";

    private final ApiRig rig = new ApiRig().serving();

    @AfterEach
    void close() {
        rig.close();
    }

    private List<String> addresses() {
        return rig.control().status().addresses().stream()
                .map(AddressStatus::address)
                .map(address -> address.prefix().address() + " " + address.device())
                .toList();
    }

    /// Waits, as long as the test may last, until an address has drained: it goes soon after the
    /// last service that lists it, when the balancer has seen that no connection uses it.
    private void awaitGone(String address) {
        while (addresses().contains(address)) {
            LockSupport.parkNanos(1);
        }
    }

    @Test
    void anAddedOneIsShownAndIsAnInterfaceAddress() {
        rig.put(WEB + "/laddr", LOCAL).is(201, "created");

        JsonNode all = rig.get(WEB + "/laddr").body();
        Schemas.MODELS.check("LocalAddressExpandList", all);
        JsonNode second = all.path("Items").path(1);
        assertThat(second.path("addr").asText()).isEqualTo("10.0.1.101");
        assertThat(second.path("device").asText()).isEqualTo("lan");
        assertThat(second.path("conns").asLong()).isZero();
        assertThat(second.path("ports").path("capacity").asLong()).isPositive();
        assertThat(addresses()).contains("10.0.1.101 lan");
    }

    @Test
    void addedAgainItIsAsItWas() {
        rig.put(WEB + "/laddr", LOCAL).is(201, "created");
        rig.put(WEB + "/laddr", LOCAL).is(200, "unchanged");
        assertThat(rig.web().localAddresses()).hasSize(2);
    }

    @Test
    void whatCannotBeAddedLeavesNothingBehind() {
        List<String> before = addresses();
        VirtualService service = rig.web();

        rig.put(UNKNOWN + "/laddr", LOCAL).refuses(404, "NO_SERVICE", "TCP 192.0.2.99:1");
        rig.put(WEB + "/laddr", local("10.0.1.101", "dmz")).refuses(404, "NO_PORT", "\"dmz\"");
        rig.put(WEB + "/laddr", local("10.0.1", "lan")).refuses(400, "INVALID_ARGUMENT", "10.0.1");
        rig.put(WEB + "/laddr", local("224.0.0.1", "lan")).refuses(400, "INVALID_ARGUMENT");
        rig.put(WEB + "/laddr", local("2001:db8:::1", "lan"))
                .refuses(400, "INVALID_ARGUMENT", "IPv6");
        rig.put(WEB + "/laddr", local("192.0.2.80", "lan")).refuses(409, "ADDRESS_IN_USE");
        rig.put(WEB + "/laddr", local("192.0.2.1", "lan"))
                .refuses(409, "ADDRESS_IN_USE", "192.0.2.1 is on wan, not on lan");
        rig.put(WEB + "/laddr", local("10.0.1.100", "wan"))
                .refuses(409, "LOCAL_ADDRESS_EXISTS", "on lan, not on wan");
        rig.put(WEB + "/laddr", "{\"addr\":\"10.0.1.101\"}")
                .refuses(400, "INVALID_ARGUMENT", "$.device is missing");
        rig.put(WEB + "/laddr", "{\"device\":\"lan\"}")
                .refuses(400, "INVALID_ARGUMENT", "$.addr is missing");

        assertThat(addresses()).isEqualTo(before);
        assertThat(rig.web()).isEqualTo(service);
    }

    @Test
    void aRemovedOneIsGoneWithItsInterfaceAddress() {
        rig.put(WEB + "/laddr", LOCAL).is(201, "created");
        rig.delete(WEB + "/laddr", LOCAL).is(200, "removed");
        rig.delete(WEB + "/laddr", LOCAL).is(200, "absent");

        assertThat(rig.web().localAddresses())
                .containsExactly(LocalAddress.of("10.0.1.100", "lan"));
        awaitGone("10.0.1.101 lan");
    }

    @Test
    void theInterfaceAddressStaysAsLongAsAnotherServiceListsIt() {
        rig.put(OTHER, "{}").is(201, "created");
        rig.put(OTHER + "/laddr", LOCAL).is(201, "created");
        rig.put(WEB + "/laddr", LOCAL).is(201, "created");

        rig.delete(WEB + "/laddr", "{\"addr\":\"10.0.1.101\"}").is(200, "removed");
        assertThat(addresses()).contains("10.0.1.101 lan");

        rig.delete(OTHER, "").is(200, "removed");
        awaitGone("10.0.1.101 lan");
    }

    @Test
    void theInterfaceAddressStaysIfItWasThereBefore() {
        rig.put("/v2/device/lan/addr", "{\"addr\":\"10.0.1.101/32\"}").is(201, "created");
        rig.put(WEB + "/laddr", LOCAL).is(201, "created");
        rig.delete("/v2/device/lan/addr", "{\"addr\":\"10.0.1.101/32\"}")
                .refuses(409, "ADDRESS_IN_USE", "10.0.1.101");

        rig.delete(WEB + "/laddr", LOCAL).is(200, "removed");
        assertThat(addresses()).contains("10.0.1.101 lan");
    }

    @Test
    void whatCannotBeRemovedStays() {
        List<String> before = addresses();

        rig.delete(UNKNOWN + "/laddr", LOCAL).refuses(404, "NO_SERVICE");
        rig.delete(WEB + "/laddr", local("10.0.1.100", "wan"))
                .refuses(400, "INVALID_ARGUMENT", "on lan, not on wan");
        rig.delete(WEB + "/laddr", local("192.0.2.1", "wan")).is(200, "absent");
        rig.get(UNKNOWN + "/laddr").refuses(404, "NO_SERVICE");

        assertThat(addresses()).isEqualTo(before);
    }

    @Test
    void onlyOneOfManyWhoAddTheSameAtOnceHasAddedIt() throws Exception {
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<String> add = () -> rig.put(WEB + "/laddr", LOCAL).body().asText();
            List<String> words =
                    callers.invokeAll(java.util.Collections.nCopies(20, add)).stream()
                            .map(future -> future.resultNow())
                            .toList();
            assertThat(words).containsOnlyOnce("created");
            assertThat(words).filteredOn("unchanged"::equals).hasSize(19);
        }
        assertThat(rig.web().localAddresses()).hasSize(2);
    }

    @Test
    void forceIsTrueOrFalse() {
        rig.put(WEB + "/laddr", LOCAL).is(201, "created");
        rig.delete(WEB + "/laddr?force=yes", LOCAL).refuses(400, "INVALID_ARGUMENT", "force");
        rig.delete(WEB + "/laddr?force=true", LOCAL).is(200, "removed");
    }

    private static String local(String address, String device) {
        return "{\"addr\":\"" + address + "\",\"device\":\"" + device + "\"}";
    }
}
