// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.punt;

import io.fullnat.api.MacAddress;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.util.Set;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/// The kernel joins and leaves other groups: one to which it listens all the time is never missed.
@JCStressTest
@Outcome(id = "true", expect = Expect.ACCEPTABLE, desc = "heard")
@Outcome(id = "false", expect = Expect.FORBIDDEN, desc = "missed")
@State
public class ListenedStress {
    private static final MacAddress GROUP = MacAddress.parse("01:00:5e:00:00:05");
    private static final MacAddress EARLIER = MacAddress.parse("01:00:5e:00:00:04");
    private static final MacAddress LATER = MacAddress.parse("01:00:5e:00:00:06");
    private static final PuntLink LINK = link();
    private static boolean joined;

    private static PuntLink link() {
        InMemoryIo io =
                InMemoryIo.builder()
                        .wire(
                                PortSettings.of("lan", "02:00:00:00:00:01").withKernel("klan"),
                                PortSettings.of("far", "02:00:00:00:00:02"))
                        .open();
        PuntLink link = PuntLink.of(io, 1).getFirst();
        link.listened(Set.of(GROUP));
        return link;
    }

    /// The thread that looks after the kernel's interfaces.
    @Actor
    public void agent() {
        joined = !joined;
        LINK.listened(joined ? Set.of(EARLIER, GROUP, LATER) : Set.of(GROUP));
    }

    /// A worker.
    @Actor
    public void worker(Z_Result result) {
        result.r1 = LINK.listens(GROUP.bits());
    }
}
