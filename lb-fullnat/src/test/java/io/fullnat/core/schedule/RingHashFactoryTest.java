// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.api.service.ServiceKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Options of `conhash` ([RingHashFactory]) and of `mh`, `sh` and `dh` ([TableHashFactory]): first
/// and last values and their neighbours, and what stands for nothing said.
class RingHashFactoryTest {
    private static final List<RealServer> SERVERS =
            List.of(RealServer.of("10.0.1.1", 80), RealServer.of("10.0.1.2", 80));

    private static SchedulerFactory named(String name) {
        return switch (name) {
            case "mh" -> TableHashFactory.MAGLEV;
            case "sh" -> TableHashFactory.SOURCE_HASH;
            case "dh" -> TableHashFactory.DESTINATION_HASH;
            default -> new RingHashFactory();
        };
    }

    private static Map<String, String> map(String options) {
        Map<String, String> map = new HashMap<>();
        for (String option : options.split(" ", -1)) {
            if (!option.isEmpty()) {
                int at = option.indexOf('=');
                map.put(option.substring(0, at), option.substring(at + 1));
            }
        }
        return map;
    }

    private static Scheduler create(SchedulerFactory factory, ServiceKey service, String options) {
        return factory.create(SERVERS, new SchedulerContext(0, 1, 7, service, map(options)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"conhash", "mh", "sh", "dh"})
    void eachHasItsName(String name) {
        assertThat(named(name).name()).isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource({
        "conhash, ''",
        "conhash, replicas=1",
        "conhash, replicas=1024",
        "conhash, bound=0",
        "conhash, bound=101",
        "conhash, bound=1000",
        "conhash, bound=0 fallback=no",
        "conhash, hash=quic id-bytes=20",
        "conhash, prefix=1 prefix6=128",
        "conhash, variant=fullnat",
        "mh, variant=fullnat",
        "mh, size=251",
        "mh, size=1048573",
        "sh, size=65537",
        "dh, size=257 fallback=no",
        "sh, hash=source-port prefix=32 prefix6=1",
        "mh, hash=quic id-bytes=1"
    })
    void whatMayBeSaidIsTaken(String name, String options) {
        SchedulerFactory factory = named(name);
        factory.checkOptions(map(options));
        Scheduler made = create(factory, ServiceKey.udp("192.0.2.80", 443), options);
        assertThat(made.readsQuicId()).isEqualTo(options.contains("quic"));
        assertThat(new Loads(new int[] {1, 1}, made).select()).isBetween(0, 1);
    }

    @ParameterizedTest
    @CsvSource({
        "conhash, replicas=0",
        "conhash, replicas=1025",
        "conhash, bound=1",
        "conhash, bound=100",
        "conhash, bound=1001",
        "conhash, bound=101 fallback=no",
        "conhash, size=251",
        "conhash, id-bytes=8",
        "conhash, hash=quic id-bytes=21",
        "conhash, variant=other",
        "mh, size=250",
        "mh, size=252",
        "mh, size=1048574",
        "mh, size=1048576",
        "mh, replicas=1",
        "sh, variant=fullnat",
        "dh, variant=fullnat",
        "sh, variant=dpvs",
        "dh, hash=source",
        "dh, prefix=24",
        "mh, bound=150"
    })
    void whatIsBesideIsRefusedByBoth(String name, String options) {
        SchedulerFactory factory = named(name);
        assertThatThrownBy(() -> factory.checkOptions(map(options)))
                .isInstanceOf(BalancerException.class);
        assertThatThrownBy(() -> create(factory, ServiceKey.udp("192.0.2.80", 443), options))
                .isInstanceOf(BalancerException.class);
    }

    @ParameterizedTest
    @CsvSource({"252, 257", "255, 257", "256, 257", "65536, 65537", "1048572, 1048573", "289, 293"})
    void aSizeThatIsNoPrimeIsRefusedWithTheNextOne(int size, int next) {
        assertThatThrownBy(() -> TableHashFactory.MAGLEV.checkOptions(map("size=" + size)))
                .hasMessageEndingWith(
                        "option size \"" + size + "\" is not a prime; " + next + " is");
    }

    @ParameterizedTest
    @ValueSource(strings = {"conhash", "mh", "sh"})
    void connectionIdsAreThoseOfDatagrams(String name) {
        ServiceKey tcp = ServiceKey.tcp("192.0.2.80", 443);
        assertThatThrownBy(() -> create(named(name), tcp, "hash=quic"))
                .hasMessageContaining("is for services of UDP");
        assertThatCode(() -> create(named(name), tcp, "hash=source")).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"conhash", "mh"})
    void theVariantOfDpvsIsAnother(String name) {
        SchedulerFactory factory = named(name);
        factory.checkOptions(map("variant=dpvs"));
        ServiceKey tcp = ServiceKey.tcp("192.0.2.80", 443);
        assertThat(create(factory, tcp, "variant=dpvs"))
                .isNotInstanceOfAny(RingHash.class, TableHash.class);
        assertThatThrownBy(() -> factory.checkOptions(map("variant=dpvs size=251 replicas=3")))
                .isInstanceOf(BalancerException.class);
    }

    /// More servers than the table has slots: it grows.
    @Test
    void aTableHasMoreSlotsThanServers() {
        int[] weights = new int[600];
        List<RealServer> many = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            weights[i] = 1;
            many.add(RealServer.of("10.0.1.1", 1 + i));
        }
        SchedulerContext context =
                new SchedulerContext(
                        0, 1, 7, ServiceKey.tcp("192.0.2.80", 80), Map.of("size", "251"));
        Loads loads = new Loads(weights, TableHashFactory.MAGLEV.create(many, context));
        boolean[] chosen = new boolean[600];
        for (int client = 0; client < 30_000; client++) {
            loads.client(client);
            chosen[loads.select()] = true;
        }
        assertThat(chosen).doesNotContain(false);
    }

    @Test
    void nothingSaidMeansTheUsual() {
        RingHashFactory factory = new RingHashFactory();
        ServiceKey tcp = ServiceKey.tcp("192.0.2.80", 80);
        Loads usual = new Loads(new int[] {1, 1}, create(factory, tcp, ""));
        Loads said =
                new Loads(
                        new int[] {1, 1},
                        create(
                                factory,
                                tcp,
                                "replicas=160 bound=0 fallback=yes hash=source prefix=32"));
        Loads fewer = new Loads(new int[] {1, 1}, create(factory, tcp, "replicas=1"));
        int differ = 0;
        for (int client = 0; client < 500; client++) {
            usual.client(client);
            said.client(client);
            fewer.client(client);
            int server = usual.select();
            assertThat(said.select()).isEqualTo(server);
            differ += fewer.select() == server ? 0 : 1;
        }
        assertThat(differ).isPositive();
    }
}
