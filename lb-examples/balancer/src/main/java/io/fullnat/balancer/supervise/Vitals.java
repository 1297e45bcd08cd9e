// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.supervise;

import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.counter.Counter;
import io.fullnat.balancer.run.RunningBalancer;
import java.util.Optional;

/// What shows from outside that a balancer is alive. Thread-safe.
interface Vitals {
    /// How many workers it has.
    int workers();

    /// Duty cycles that a worker has done; one that does none does nothing for packets either.
    ///
    /// @param worker from 0
    long cycles(int worker);

    /// What a packet that comes now would miss, beside workers that move.
    ///
    /// @return words that follow "waiting for"; empty if nothing is missing
    Optional<String> missing();

    /// What runs, in one line.
    String describe();

    /// Those of a balancer.
    static Vitals of(RunningBalancer balancer) {
        return new Vitals() {
            @Override
            public int workers() {
                return balancer.counters().workers();
            }

            @Override
            public long cycles(int worker) {
                return balancer.counters().get(worker, Counter.CYCLES);
            }

            @Override
            public Optional<String> missing() {
                Optional<String> port =
                        balancer.io().ports().stream()
                                .filter(each -> !each.link().up())
                                .map(each -> "the link of " + each.name())
                                .findFirst();
                return port.isPresent()
                        ? port
                        : balancer.control().status().addresses().stream()
                                .filter(each -> each.state() == AddressStatus.State.TENTATIVE)
                                .map(each -> "the address " + each.address().prefix().address())
                                .findFirst();
            }

            @Override
            public String describe() {
                return balancer.describe();
            }
        };
    }
}
