// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.packet.Tcp;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// S10: a service without servers, or with servers of one family or without weight, is valid with
/// each scheduler; and it serves once it can.
class EmptyServicesTest {
    private int port = 10_000;

    static Stream<Arguments> rows() {
        return Stream.of(FamilyPair.values())
                .flatMap(families ->
                        Stream.concat(
                                BuiltInSchedulers.all().stream()
                                        .map(SchedulerFactory::name)
                                        .map(name -> Arguments.of(families, name, Map.of())),
                                Stream.of("mh", "conhash")
                                        .filter(name -> families.clients == families.servers)
                                        .map(name ->
                                                Arguments.of(
                                                        families,
                                                        name,
                                                        Map.of("variant", "dpvs")))));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void emptyIsValid(FamilyPair families, String scheduler, Map<String, String> options) {
        try (Rig rig = Rig.of(families).configured()) {
            VirtualService empty =
                    VirtualService.of(rig.tcp)
                            .withScheduler(scheduler)
                            .withPolicy(ServicePolicy.DEFAULT.withSchedulerOptions(options))
                            .withLocalAddress(LocalAddress.of(families.locals().getFirst(), "lan"));
            rig.apply(new Change.ReplaceService(empty));
            syn(rig);
            assertThat(rig.count(Outcome.NO_REAL_SERVER)).isOne();

            RealServer server = RealServer.of(families.servers().getFirst(), 8080);
            rig.apply(new Change.AddRealServer(rig.tcp, server.withWeight(0)));
            syn(rig);
            assertThat(rig.count(Outcome.NO_REAL_SERVER)).isEqualTo(2);

            rig.apply(new Change.EditRealServer(rig.tcp, server.withWeight(3)));
            syn(rig);
            assertThat(rig.count(Outcome.FORWARDED_IN)).isOne();

            rig.apply(new Change.RemoveRealServer(rig.tcp, server.endpoint()));
            syn(rig);
            assertThat(rig.count(Outcome.NO_REAL_SERVER)).isEqualTo(3);
        }
    }

    private void syn(Rig rig) {
        rig.clientSends(rig.request().tcp(port++, 80).flags(Tcp.SYN));
    }
}
