// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Where virtual threads make their sockets. A page of the demo was refused when the first virtual
/// thread had been started by the balancer's threads, in a namespace.
@NetworkTest
final class CarriersIT {
    @Test
    void virtualThreadsStayWhereTheProcessIsWhoeverStartsThem() throws Exception {
        List<String> command =
                JavaProgram.command(List.of(), Places.class.getName(), "fullnat-carriers");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> places = process.inputReader().lines().toList();
        assertThat(process.waitFor()).as("%s", places).isZero();
        assertThat(places).hasSize(2);
        assertThat(places.getFirst()).startsWith("net:[").isEqualTo(places.getLast());
    }
}
