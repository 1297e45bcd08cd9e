// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.WEB;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.Change;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What is not forwarded is not accepted either.
class Ipv6GateTest {
    private static final String ADDRESS = "2001:db8::1";

    private final ControlRig rig = new ControlRig().configured();

    @AfterEach
    void close() {
        rig.close();
    }

    private static Stream<Change> ofAnotherFamily() {
        ServiceKey ipv6 = ServiceKey.tcp(ADDRESS, 80);
        return Stream.of(
                new Change.AddService(
                        VirtualService.of(ipv6).withRealServer(RealServer.of("10.0.1.11", 80))),
                new Change.AddService(
                        VirtualService.of(ipv6)
                                .withLocalAddress(LocalAddress.of("10.0.1.100", "lan"))),
                new Change.AddRealServer(WEB, RealServer.of(ADDRESS, 80)),
                new Change.AddLocalAddress(WEB, LocalAddress.of(ADDRESS, "lan")));
    }

    @ParameterizedTest
    @MethodSource("ofAnotherFamily")
    void whatIsOfAnotherFamilyThanItsServiceIsRefused(Change change) {
        rig.refuses(ErrorCode.UNSUPPORTED, List.of(ADDRESS, "another family"), change);
    }
}
