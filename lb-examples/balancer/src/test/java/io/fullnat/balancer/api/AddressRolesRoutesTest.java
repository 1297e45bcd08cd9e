// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What an address may be at once: the API, in either order.
class AddressRolesRoutesTest {
    /// Path and body of a PUT.
    record Put(String path, String body) {
        ApiRig.Answer on(ApiRig rig, String address) {
            return rig.put(path.replace("IP", address), body.replace("IP", address));
        }
    }

    private static final List<Put> OURS =
            List.of(
                    new Put("/v2/device/lan/addr", "{\"addr\": \"IP/32\"}"),
                    new Put("/v2/vs/IP-81-tcp", "{\"SchedName\": \"rr\"}"),
                    new Put(
                            "/v2/vs/192.0.2.80-80-tcp/laddr",
                            "{\"addr\": \"IP\", \"device\": \"lan\"}"));
    private static final List<Put> OTHERS =
            List.of(
                    new Put(
                            "/v2/vs/192.0.2.80-80-tcp/rs",
                            "{\"Items\": [{\"ip\": \"IP\", \"port\": 9090}]}"),
                    new Put(
                            "/v2/device/lan/route",
                            "{\"dst\": \"10.50.0.0/16\", \"gateway\": \"IP\"}"),
                    new Put(
                            "/v2/device/lan/neighbour",
                            "{\"addr\": \"IP\", \"mac\": \"02:00:00:00:00:99\"}"));

    private final ApiRig rig = new ApiRig().serving();

    @AfterEach
    void close() {
        rig.close();
    }

    private static Stream<Arguments> pairs() {
        return OURS.stream()
                .flatMap(own ->
                        OTHERS.stream()
                                .flatMap(other ->
                                        Stream.of(
                                                Arguments.of(own, other),
                                                Arguments.of(other, own))));
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void anAddressIsOursOrAnothers(Put first, Put second) {
        ApiRig.Answer accepted = first.on(rig, "10.0.1.50");
        assertThat(accepted.status()).as(accepted.text()).isIn(200, 201);

        second.on(rig, "10.0.1.50").refuses(409, "ADDRESS_IN_USE", "10.0.1.50", "; ");
    }

    private static Stream<Put> all() {
        return Stream.concat(OURS.stream(), OTHERS.stream());
    }

    @ParameterizedTest
    @MethodSource("all")
    void whatNoHostHasIsNothing(Put put) {
        for (String address : List.of("10.0.1.0", "10.0.1.255", "127.0.0.1", "224.0.0.1")) {
            put.on(rig, address).refuses(400, "INVALID_ARGUMENT", address);
        }
    }

    @Test
    void aVirtualAddressGoesByForceOnly() {
        String body = "{\"addr\": \"192.0.2.80/32\"}";
        rig.put("/v2/device/wan/addr", body).is(201, "created");

        rig.delete("/v2/device/wan/addr", body)
                .refuses(409, "ADDRESS_IN_USE", "192.0.2.80", "TCP 192.0.2.80:80", "force=true");
        rig.delete("/v2/device/wan/addr?force=true", body).is(200, "removed");
    }
}
