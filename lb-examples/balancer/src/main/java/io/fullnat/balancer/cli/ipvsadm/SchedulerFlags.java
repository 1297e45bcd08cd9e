// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.ipvsadm;

import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.cli.request.Refusal;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// `--sched-flags` of IPVS and `--hash-target` of DPVS: other words for options of schedulers.
final class SchedulerFlags {
    /// Those for which flag-1 and flag-2 are other words for fallback and port.
    private static final Set<String> HASHING = Set.of("sh", "mh");

    private final Optional<String> flags;
    private final Optional<String> target;

    /// @param flags behind `--sched-flags`
    /// @param target behind `--hash-target`
    SchedulerFlags(Optional<String> flags, Optional<String> target) {
        this.flags = flags;
        this.target = target;
    }

    /// The service with the options that they mean for its scheduler.
    VirtualService apply(VirtualService service) {
        Map<String, String> options = new TreeMap<>(service.policy().schedulerOptions());
        for (String flag : flags.map(all -> all.split(",", -1)).orElse(new String[0])) {
            flag(flag, service.scheduler(), options);
        }
        target.ifPresent(one -> target(one, service.scheduler(), options));
        return service.withPolicy(service.policy().withSchedulerOptions(options));
    }

    private static void flag(String flag, String scheduler, Map<String, String> options) {
        switch (flag) {
            case "sh-port", "mh-port", "flag-2" -> options.put("hash", "source-port");
            case "sh-fallback", "mh-fallback", "flag-1" -> options.put("fallback", "yes");
            case "flag-3" -> {} // there is no scheduler that knows it
            default ->
                    throw Refusal.invalid(
                            "--sched-flags \""
                                    + flag
                                    + "\" is none of sh-port, sh-fallback, mh-port, mh-fallback,"
                                    + " flag-1, flag-2, flag-3");
        }
        if (flag.startsWith("flag-")) {
            if (flag.equals("flag-3") || !HASHING.contains(scheduler)) {
                throw Refusal.invalid(
                        "--sched-flags " + flag + " means nothing to the scheduler " + scheduler);
            }
        } else if (!flag.startsWith(scheduler + "-")) {
            throw Refusal.invalid(
                    "--sched-flags "
                            + flag
                            + " is for the scheduler "
                            + flag.substring(0, 2)
                            + ", not for "
                            + scheduler);
        }
    }

    private static void target(String target, String scheduler, Map<String, String> options) {
        if (!scheduler.equals("conhash")) {
            throw Refusal.invalid(
                    "--hash-target is for the scheduler conhash, not for " + scheduler);
        }
        switch (target) {
            case "sip" -> options.put("hash", "source");
            case "qid" -> options.put("hash", "quic");
            default ->
                    throw Refusal.invalid(
                            "--hash-target \"" + target + "\" is neither sip nor qid");
        }
    }
}
