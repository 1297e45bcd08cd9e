package io.fullnat.balancer.command;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.balancer.run.Operations;
import java.util.List;
import java.util.Optional;

/// Finds what is to be listed, or says that it is not there.
final class Lookup {
    private Lookup() {}

    /// One service, or all.
    static List<ServiceStatus> services(Operations operations, Optional<ServiceKey> key) {
        if (key.isEmpty()) {
            return operations.control().status().services();
        }
        return List.of(found(key.get(), operations.control().status(key.get())));
    }

    /// The same, as the worker counted that `--cpu` means: DPVS counts the workers from 1, 0 is
    /// all.
    static List<ServiceStatus> services(Operations operations, Optional<ServiceKey> key, int cpu) {
        int worker = worker(operations, cpu);
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
                new Present(operations.control().desired(), ports(operations)).requireDevice(name));
    }

    static List<String> ports(Operations operations) {
        return operations.io().ports().stream().map(port -> port.name()).toList();
    }

    /// The number of the worker that `--cpu` means: DPVS counts the workers from 1, 0 is all.
    ///
    /// @return -1 for all
    static int worker(Operations operations, int cpu) {
        int workers = operations.counters().workers();
        if (cpu > workers) {
            throw Refusal.invalid(
                    "--cpu "
                            + cpu
                            + " is not 0-"
                            + workers
                            + ": the workers 1-"
                            + workers
                            + ", 0 is all");
        }
        return cpu - 1;
    }
}
