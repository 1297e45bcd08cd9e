// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.device;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What one program does over a device.
///
/// @param device the driver's name
/// @param program `fullnat` or `dpdk-testpmd`
/// @param work what it does with packets
/// @param flows how many flows take turns, 0 if they make no difference
record DeviceCase(String device, String program, String work, int flows) {
    static final String FULLNAT = "fullnat";

    /// Whether it is a balancer, rather than what that is compared with.
    boolean isFullnat() {
        return program.equals(FULLNAT);
    }

    /// Named as the cases of the whole loop are, as far as they have the same.
    Map<String, Object> json() {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("device", device);
        object.put("program", program);
        object.put("case", work);
        if (flows > 0) {
            object.put("flows", flows);
            object.put("order", "ordered");
            object.put("phase", "steady");
        }
        return object;
    }

    @Override
    public String toString() {
        List<String> words = new ArrayList<>(List.of(device, program, work));
        if (flows > 0) {
            words.add(Integer.toString(flows));
        }
        return String.join(" ", words);
    }
}
