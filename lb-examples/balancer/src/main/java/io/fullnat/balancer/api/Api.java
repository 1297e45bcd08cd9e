// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import io.fullnat.balancer.api.ApiRoute.Answer;
import io.fullnat.balancer.event.EventHub;
import io.fullnat.balancer.metrics.Metrics;
import io.fullnat.balancer.run.CommandRunner;
import io.fullnat.balancer.run.Operations;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// All routes of the API, for one balancer.
public final class Api {
    private Api() {}

    /// The API, with the live page and the metrics beside it.
    ///
    /// @param operations what requests are about
    /// @param runner carries out command lines
    /// @param metrics of the same balancer; stay the caller's
    /// @param hub of its events; stays the caller's
    /// @return for any number of listeners
    public static Router router(
            Operations operations, CommandRunner runner, Metrics metrics, EventHub hub) {
        Map<String, Page> pages = StaticPage.all();
        pages.put(MetricsPage.PATH, new MetricsPage(metrics));
        return new Router(routes(operations, runner, hub), pages);
    }

    /// The metrics alone.
    ///
    /// @param metrics of a balancer; stay the caller's
    /// @return for any number of listeners
    public static Router router(Metrics metrics) {
        return new Router(List.of(), Map.of(MetricsPage.PATH, new MetricsPage(metrics)));
    }

    private static List<ApiRoute> routes(
            Operations operations, CommandRunner runner, EventHub hub) {
        List<ApiRoute> routes = new ArrayList<>();
        routes.addAll(new ServiceRoutes(operations.control()).routes());
        routes.addAll(new ServerRoutes(operations.control()).routes());
        routes.addAll(new LocalRoutes(operations.control()).routes());
        routes.addAll(new AccessRoutes(operations.control()).routes());
        routes.addAll(new SetRoutes(operations.control()).routes());
        DeviceRoutes devices = new DeviceRoutes(operations);
        routes.addAll(devices.routes());
        routes.addAll(new NetworkRoutes(operations.control(), devices).routes());
        routes.addAll(new BalancerRoutes(operations).routes());
        routes.addAll(new OverviewRoutes(operations).routes());
        routes.addAll(new TemplateRoutes(operations.control()).routes());
        routes.addAll(new TimeoutRoutes(operations.control()).routes());
        routes.addAll(new LeftoverRoutes(operations.control()).routes());
        routes.addAll(new EventRoutes(hub).routes());
        routes.add(new CaptureRoute(operations).route());
        routes.add(new CommandRoute(runner).route());
        routes.addAll(RefusedRoutes.routes());
        routes.add(
                ApiRoute.of(
                                "GET",
                                "/openapi.json",
                                "This document",
                                call -> Reply.ok(OpenApi.document(routes)))
                        .answers(new Answer(200, Optional.empty(), Answer.JSON)));
        return routes;
    }
}
