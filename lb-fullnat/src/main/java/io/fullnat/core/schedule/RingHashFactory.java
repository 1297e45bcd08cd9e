// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.core.schedule.HashKey.Part;
import java.util.List;
import java.util.Map;

/// `conhash`. Options: `hash`, `prefix`, `prefix6` and `id-bytes` ([HashKey]), `fallback`,
/// `replicas` of a server of weight 1, and `bound`, the most connections a server may have in
/// hundredths of its share of all; `variant` ([DpvsRing]). Thread-safe.
final class RingHashFactory implements SchedulerFactory {
    private static final int USUAL_REPLICAS = 160;
    private static final int MAX_REPLICAS = 1024;
    private static final int MAX_BOUND = 1000;
    private static final String BOUND = "bound";

    private final LastBuilt<HashRing> rings = new LastBuilt<>();
    private final DpvsRing.Variant dpvs = new DpvsRing.Variant();

    private record Options(HashKey key, boolean fallsBack, int replicas, int bound) {}

    private Options read(Map<String, String> all) {
        OptionReader options = new OptionReader(name(), all);
        HashKey key = HashKey.of(options, Part.SOURCE);
        boolean fallsBack = options.word("fallback", "yes", "no").equals("yes");
        int replicas = options.number("replicas", USUAL_REPLICAS, 1, MAX_REPLICAS);
        int bound = options.number(BOUND, 0, 0, MAX_BOUND);
        options.usualVariant();
        options.end();
        if (bound > 0 && bound <= 100) {
            throw options.wrong(
                    BOUND, String.valueOf(bound), "0 for none, or 101-" + MAX_BOUND + " percent");
        }
        if (bound > 0 && !fallsBack) {
            throw options.wrong(BOUND, String.valueOf(bound), "0 as it must be with fallback=no");
        }
        return new Options(key, fallsBack, replicas, bound);
    }

    @Override
    public String name() {
        return "conhash";
    }

    @Override
    public void checkOptions(Map<String, String> options) {
        if (OptionReader.isDpvs(options)) {
            DpvsRing.Variant.check(options);
        } else {
            read(options);
        }
    }

    @Override
    public Scheduler create(List<RealServer> servers, SchedulerContext context) {
        if (OptionReader.isDpvs(context.options())) {
            return dpvs.create(servers, context);
        }
        Options options = read(context.options());
        options.key.require(name(), context.service());
        HashRing ring =
                rings.get(servers, options.replicas, () -> HashRing.of(servers, options.replicas));
        return new RingHash(ring, options.key, options.fallsBack, options.bound, servers);
    }
}
