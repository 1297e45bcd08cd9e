// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import io.fullnat.core.localport.PortAllocator;
import io.fullnat.core.open.PurgeRules;
import io.fullnat.core.service.ServiceMap;
import io.fullnat.core.stack.NetworkView;
import java.util.List;
import java.util.Set;

/// Views for workers without services.
final class TestViews {
    private TestViews() {}

    static WorkerView of(long revision, NetworkView network) {
        return new WorkerView(
                revision,
                network,
                ServiceMap.EMPTY,
                new PortAllocator[0],
                List.of(),
                List.of(),
                PurgeRules.NONE,
                Set.of());
    }
}
