// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.TemplateCounts;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.api.control.TemplateInfo;
import io.fullnat.balancer.api.ApiRoute.Parameter;
import io.fullnat.balancer.cli.request.Values;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Persistence templates. Thread-safe.
final class TemplateRoutes {
    private static final String PATH = "/templates";

    private static final List<Parameter> PARAMETERS =
            List.of(
                    new Parameter("service", false, false, "VIP-PORT-PROTOCOL of a service"),
                    new Parameter(
                            "server",
                            false,
                            false,
                            "ADDRESS:PORT, or ADDRESS, of a real server; IPv6 in brackets"),
                    new Parameter("client", false, false, "ADDRESS or ADDRESS/LENGTH of clients"));

    private final Control control;

    TemplateRoutes(Control control) {
        this.control = control;
    }

    List<ApiRoute> routes() {
        return List.of(
                with(ApiRoute.of("GET", PATH, "Persistence templates, one a line", this::list))
                        .answersLines("Template"),
                ApiRoute.of(
                                "GET",
                                PATH + "/count",
                                "How many templates are alive, by service",
                                call -> count())
                        .answers(200, "TemplateCounts"),
                with(ApiRoute.of(
                                "DELETE",
                                PATH,
                                "Removes persistence templates, and says how many",
                                this::remove))
                        .flag("all", "must be true if nothing says which ones")
                        .answers(200, "RemovedTemplates"));
    }

    private static ApiRoute with(ApiRoute route) {
        ApiRoute with = route;
        for (Parameter parameter : PARAMETERS) {
            with = with.with(parameter);
        }
        return with;
    }

    private static TemplateFilter filter(Call call) {
        return new TemplateFilter(
                Optional.ofNullable(call.query().get("service")).map(ServiceId::parse),
                Optional.ofNullable(call.query().get("server"))
                        .map(text -> Values.endpoint(text, 0)),
                Optional.ofNullable(call.query().get("client")).map(IpPrefix::parse));
    }

    private Reply list(Call call) {
        TemplateFilter filter = filter(call);
        return new Reply.Lines(lines -> {
            control.templates(filter, template -> lines.send(line(template)));
            lines.flush();
        });
    }

    private static ObjectNode line(TemplateInfo template) {
        return Json.object()
                .put("protocol", template.service().protocol().name())
                .put("client", template.client().toString())
                .put("virtual", template.service().name())
                .put("server", template.server().toString())
                .put("secondsLeft", template.secondsLeft())
                .put("proved", template.proved());
    }

    private Reply count() {
        TemplateCounts counts = control.templateCounts();
        ObjectNode body =
                Json.object().put("capacity", counts.capacity()).put("total", counts.total());
        ArrayNode services = body.putArray("services");
        counts.byService().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry ->
                        services.addObject()
                                .put("protocol", entry.getKey().protocol().name())
                                .put("virtual", entry.getKey().name())
                                .put("templates", entry.getValue()));
        return Reply.ok(body);
    }

    private Reply remove(Call call) {
        TemplateFilter filter = filter(call);
        if (filter.equals(TemplateFilter.ALL) != call.flag("all")) {
            throw Failure.invalid("say which templates by service, server or client, or all=true");
        }
        long removed = Control.await(control.removeTemplates(filter));
        return Reply.ok(Json.object().put("removed", removed));
    }
}
