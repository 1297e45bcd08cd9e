// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.api.service.LocalAddressStatus;
import io.fullnat.api.service.PortUsage;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.run.Operations;
import io.fullnat.balancer.text.Figures;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `laddr list`.
///
/// @param key of one service, empty for all
/// @param json whether JSON is wanted instead, the same as that of `ipvsadm -G`
public record LocalAddressTable(Optional<ServiceKey> key, boolean json) implements Request.Listing {
    private static final List<String> TITLES =
            List.of("SERVICE", "ADDRESS", "DEV", "STATE", "CONNS", "FREE", "FULL", "MISSES");

    @Override
    public void print(Operations operations, PrintWriter out) {
        if (json) {
            new LocalAddressListing(key, 0, true).print(operations, out);
        } else {
            out.print(text(Lookup.services(operations, key)));
        }
    }

    static String text(List<ServiceStatus> services) {
        List<List<String>> rows = new ArrayList<>();
        for (ServiceStatus service : services) {
            service.localAddresses()
                    .forEach(local -> rows.add(cells(service.service().key(), local)));
        }
        return Column.table(TITLES, rows);
    }

    private static List<String> cells(ServiceKey key, LocalAddressStatus status) {
        PortUsage ports = status.ports();
        return List.of(
                key.toString(),
                status.address().address().toString(),
                status.address().device(),
                status.draining() ? "draining" : ports.nearExhaustion() ? "scarce" : "in use",
                Figures.count(status.connections()),
                Figures.count(ports.free()),
                ports.fullestPercent() + "%",
                Figures.count(ports.misses()));
    }
}
