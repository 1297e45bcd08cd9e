// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// The attribute of services that their schedulers read.
final class SchedulerAttributes {
    private static final String NONE = "none";

    /// What the scheduler is told.
    static final Attribute<VirtualService, ?> OPTIONS =
            new AttributeBuilder<>(
                            "scheduler-options",
                            new Kind.Parsed<>(
                                    SchedulerAttributes::read,
                                    SchedulerAttributes::text,
                                    "OPTION=VALUE,..."),
                            (VirtualService service) -> service.policy().schedulerOptions(),
                            (service, options) ->
                                    service.withPolicy(
                                            service.policy().withSchedulerOptions(options)),
                            Map.of(),
                            "what its scheduler is told: hash=source-port,prefix=24; none")
                    .listing("schedulerOptions")
                    .rest(
                            "SchedOptions",
                            "what its scheduler is told, as OPTION=VALUE,...; none for nothing",
                            "what its scheduler is told, as OPTION=VALUE,...; none for nothing")
                    .row(
                            "text `OPTION=VALUE,...`",
                            "`none`",
                            "what the scheduler is told: see [Schedulers](schedulers.md)")
                    .build();

    private SchedulerAttributes() {}

    private static Map<String, String> read(String words) {
        Map<String, String> options = new TreeMap<>();
        if (words.equals(NONE)) {
            return Map.of();
        }
        for (String word : words.split(",", -1)) {
            int at = word.indexOf('=');
            if (at <= 0) {
                throw invalid("\"" + word + "\" is not OPTION=VALUE");
            }
            if (options.put(word.substring(0, at), word.substring(at + 1)) != null) {
                throw invalid("option " + word.substring(0, at) + " is there twice");
            }
        }
        return ServicePolicy.DEFAULT.withSchedulerOptions(options).schedulerOptions();
    }

    private static String text(Map<String, String> options) {
        return options.isEmpty()
                ? NONE
                : new TreeMap<>(options)
                        .entrySet().stream()
                                .map(option -> option.getKey() + "=" + option.getValue())
                                .collect(Collectors.joining(","));
    }

    private static BalancerException invalid(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
