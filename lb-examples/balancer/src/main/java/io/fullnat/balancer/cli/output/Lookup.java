// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.balancer.cli.request.Present;
import io.fullnat.balancer.run.Operations;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Finds what is to be listed, or says that it is not there.
public final class Lookup {
    private Lookup() {}

    /// One service, or all.
    static List<ServiceStatus> services(Operations operations, Optional<ServiceKey> key) {
        if (key.isEmpty()) {
            return operations.control().status().services();
        }
        return List.of(found(key.get(), operations.control().status(key.get())));
    }

    /// The same, as the worker counted that `--cpu` means.
    static List<ServiceStatus> services(Operations operations, Optional<ServiceKey> key, int cpu) {
        int worker = WorkerChoice.cpu(cpu).index(operations);
        if (worker < 0) {
            return services(operations, key);
        }
        List<ServiceStatus> all = operations.control().status(worker).services();
        if (key.isEmpty()) {
            return all;
        }
        return List.of(
                found(
                        key.get(),
                        all.stream()
                                .filter(status -> status.service().key().equals(key.get()))
                                .findFirst()));
    }

    private static ServiceStatus found(ServiceKey key, Optional<ServiceStatus> status) {
        return status.orElseThrow(
                () -> new BalancerException(ErrorCode.NO_SERVICE, "no service " + key));
    }

    /// Refuses the name of a device on a port that does not exist.
    static void requireDevice(Operations operations, Optional<String> device) {
        device.ifPresent(name ->
                new Present(operations.control().desired(), mtus(operations)).requireDevice(name));
    }

    /// The MTU of each port, by its name.
    public static Map<String, Integer> mtus(Operations operations) {
        Map<String, Integer> mtus = new LinkedHashMap<>();
        operations.io().ports().forEach(port -> mtus.put(port.name(), port.mtu()));
        return Collections.unmodifiableMap(mtus);
    }

    static List<String> ports(Operations operations) {
        return operations.io().ports().stream().map(port -> port.name()).toList();
    }
}
