// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.core.schedule.HashKey.Part;
import java.util.List;
import java.util.Map;

/// `mh`, `sh` and `dh`. Options: `hash`, `prefix`, `prefix6` and `id-bytes` ([HashKey]; not `dh`),
/// `fallback`, and `size` of the table; `variant` of `mh` ([DpvsTable]). Thread-safe.
final class TableHashFactory implements SchedulerFactory {
    /// Slots unless it is said.
    private static final int USUAL_SIZE = 65_537;

    private static final int MIN_SIZE = 251;
    private static final int MAX_SIZE = 1_048_573;

    /// `mh`: Maglev.
    static final SchedulerFactory MAGLEV = new TableHashFactory("mh", Part.SOURCE);

    /// `sh`: the same under the name that other balancers have for hashing by source.
    static final SchedulerFactory SOURCE_HASH = new TableHashFactory("sh", Part.SOURCE);

    /// `dh`: the same by destination.
    static final SchedulerFactory DESTINATION_HASH = new TableHashFactory("dh", Part.DESTINATION);

    private final String name;
    private final Part part;
    private final LastBuilt<MaglevTable> tables = new LastBuilt<>();
    private final DpvsTable.Variant dpvs = new DpvsTable.Variant();

    private TableHashFactory(String name, Part part) {
        this.name = name;
        this.part = part;
    }

    private record Options(HashKey key, boolean fallsBack, int size) {}

    private Options read(Map<String, String> all) {
        OptionReader options = new OptionReader(name, all);
        HashKey key = HashKey.of(options, part);
        boolean fallsBack = options.word("fallback", "yes", "no").equals("yes");
        int size = options.number("size", USUAL_SIZE, MIN_SIZE, MAX_SIZE);
        if (name.equals("mh")) {
            options.usualVariant();
        }
        options.end();
        if (!isPrime(size)) {
            throw options.wrong("size", String.valueOf(size), "a prime; " + above(size) + " is");
        }
        return new Options(key, fallsBack, size);
    }

    private static boolean isPrime(int number) {
        for (int divisor = 2; (long) divisor * divisor <= number; divisor++) {
            if (number % divisor == 0) {
                return false;
            }
        }
        return true;
    }

    /// The next prime; the largest size is one.
    private static int above(int number) {
        int next = number + 1;
        while (!isPrime(next)) {
            next++;
        }
        return next;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void checkOptions(Map<String, String> options) {
        if (isDpvs(options)) {
            DpvsTable.Variant.check(options);
        } else {
            read(options);
        }
    }

    /// `sh` and `dh` are not in DPVS.
    private boolean isDpvs(Map<String, String> options) {
        return name.equals("mh") && OptionReader.isDpvs(options);
    }

    @Override
    public Scheduler create(List<RealServer> servers, SchedulerContext context) {
        if (isDpvs(context.options())) {
            return dpvs.create(servers, context);
        }
        Options options = read(context.options());
        options.key.require(name, context.service());
        int size = options.size;
        while (size <= servers.size()) {
            size = above(size * 2);
        }
        int slots = size;
        MaglevTable table = tables.get(servers, slots, () -> MaglevTable.of(servers, slots));
        return new TableHash(table, options.key, options.fallsBack, servers);
    }
}
