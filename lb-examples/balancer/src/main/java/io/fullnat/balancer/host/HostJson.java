// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.host;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.OptionalInt;

/// Writes a report for programs. What is not known is left out.
public final class HostJson {
    private HostJson() {}

    /// The report as JSON.
    ///
    /// @param report any
    /// @return an object
    public static ObjectNode of(HostReport report) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode workers = json.putArray("workers");
        for (HostReport.WorkerPlace place : report.workers()) {
            ObjectNode worker = workers.addObject().put("worker", place.worker());
            if (place.cpu().isPresent()) {
                worker.put("cpu", place.cpu().getAsInt());
                put(worker, "node", place.node());
                worker.put("siblings", place.siblings())
                        .put("isolated", place.isolated())
                        .put("tickless", place.tickless());
                place.governor().ifPresent(name -> worker.put("governor", name));
            }
        }
        ArrayNode ports = json.putArray("ports");
        for (HostReport.PortPlace place : report.ports()) {
            put(
                    ports.addObject().put("port", place.port()).put("device", place.device()),
                    "node",
                    place.node());
        }
        json.put("allowedCpus", report.allowedCpus());
        report.cpuQuota().ifPresent(cpus -> json.put("cpuQuota", cpus));
        json.put("nodes", report.nodes());
        ArrayNode sizes = json.putArray("hugepages");
        for (HostReport.HugepageSize size : report.hugepages()) {
            sizes.addObject()
                    .put("kilobytes", size.kilobytes())
                    .put("reserved", size.reserved())
                    .put("free", size.free());
        }
        report.inHugepages().ifPresent(used -> json.put("packetsInHugepages", used));
        report.transparentHugepages().ifPresent(mode -> json.put("transparentHugepages", mode));
        ArrayNode findings = json.putArray("findings");
        for (HostReport.Finding finding : report.findings()) {
            findings.addObject()
                    .put("name", finding.kind().name())
                    .put("meaning", finding.kind().meaning())
                    .put("detail", finding.detail())
                    .put("advice", finding.kind().advice());
        }
        return json;
    }

    private static void put(ObjectNode json, String name, OptionalInt number) {
        if (number.isPresent()) {
            json.put(name, number.getAsInt());
        }
    }
}
