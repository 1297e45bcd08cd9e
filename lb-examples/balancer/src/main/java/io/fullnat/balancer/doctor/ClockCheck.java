// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import java.util.List;
import java.util.Set;

/// The kernel's clock, which workers look at in each duty cycle.
final class ClockCheck implements Check {
    private static final String FILE =
            "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    private static final Set<String> FAST =
            Set.of("tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page");

    @Override
    public String what() {
        return "the clock";
    }

    @Override
    public boolean sees(Observation reading) {
        return reading.machine().clockSource().isPresent();
    }

    @Override
    public List<Finding> findings(Observation reading) {
        return reading.machine().clockSource().stream()
                .filter(name -> !FAST.contains(name))
                .map(name -> Diagnosis.CLOCK_SOURCE.of("machine", name, FILE))
                .toList();
    }
}
