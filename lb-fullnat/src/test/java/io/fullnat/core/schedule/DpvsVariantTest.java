// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.ServiceKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `variant=dpvs` of `mh` and `conhash`: what DPVS v1.10.2 chooses. The numbers are those that its
/// compiled code gave.
class DpvsVariantTest {
    private static final Schedulers ALL = new Schedulers(List.of());

    private static Map<String, String> options(String words) {
        Map<String, String> options = new TreeMap<>();
        for (String word : words.split(",", -1)) {
            options.put(
                    word.substring(0, word.indexOf('=')), word.substring(word.indexOf('=') + 1));
        }
        return options;
    }

    private static Loads loads(String name, String options, RealServer... servers) {
        Scheduler scheduler =
                ALL.get(name)
                        .create(
                                List.of(servers),
                                new SchedulerContext(
                                        0,
                                        1,
                                        0,
                                        ServiceKey.tcp("192.0.2.80", 80),
                                        options(options)));
        return new Loads(Arrays.stream(servers).mapToInt(RealServer::weight).toArray(), scheduler);
    }

    @Test
    void theTablesHashHasItsCheckValues() {
        assertThat(DpvsHashes.sip(0x0A00_0001, 2_654_435_761L)).isEqualTo(0x0308_0CE4);
        assertThat(DpvsHashes.sip(0x0A00_0001, 2_654_446_892L)).isEqualTo(0x48F9_D0C1);
        assertThat(DpvsHashes.sip(0x0A00_0051, 2_654_435_761L)).isEqualTo(0x439C_0CBE);
        assertThat(DpvsHashes.sip(0x0A00_0051, 2_654_446_892L)).isEqualTo(0x97B3_DC47);
        assertThat(DpvsTable.slotOf(0x0A00_0001)).isEqualTo(3711);
        assertThat(DpvsTable.skipOf(0x0A00_0001)).isEqualTo(966);
        assertThat(DpvsTable.slotOf(0x0A00_0051)).isEqualTo(3167);
        assertThat(DpvsTable.skipOf(0x0A00_0051)).isEqualTo(700);
    }

    @Test
    void theRingsHashHasItsCheckValues() {
        DpvsHashes hashes = new DpvsHashes();
        assertThat(hashes.begin().add(16_777_226, 1).ring()).isEqualTo(0x272D_D13D_14EF_F75EL);
        String name = DpvsRing.name(RealServer.of("10.0.0.1", 80));
        assertThat(name).isEqualTo("10.0.0.120480");
        assertThat(hashes.begin().add(name).add("-").add(0, 3).ring())
                .isEqualTo(0x7B00_21B2_6FC8_132AL);
    }

    @Test
    void numbersHaveSoManyDigitsAtLeast() {
        assertThat(new DpvsHashes().begin().add(7, 3).ring())
                .isEqualTo(new DpvsHashes().begin().add("007").ring());
        assertThat(new DpvsHashes().begin().add(1_234, 3).ring())
                .isEqualTo(new DpvsHashes().begin().add("1234").ring());
    }

    @Test
    void theTableChoosesBySlotsThatServersTakeLastAddedFirst() {
        RealServer first = RealServer.of("10.0.0.1", 80);
        RealServer second = RealServer.of("10.0.0.1", 80 + 4093); // any other
        Loads loads = loads("mh", "variant=dpvs", first, second);
        int[] slots = new int[4093];
        Arrays.fill(slots, -1);
        int[] places = {DpvsTable.slotOf(0x0A00_0051), DpvsTable.slotOf(0x0A00_0051 + 4093)};
        int[] skips = {DpvsTable.skipOf(0x0A00_0051), DpvsTable.skipOf(0x0A00_0051 + 4093)};
        for (int i = 0; i < 4093; i++) {
            int server = 1 - i % 2;
            while (slots[places[server]] >= 0) {
                places[server] = (places[server] + skips[server]) % 4093;
            }
            slots[places[server]] = server;
        }
        for (int i = 0; i < 5_000; i++) {
            int address = i * 0x9E37_79B9;
            loads.client(address, 40_000);
            assertThat(loads.select()).isEqualTo(slots[DpvsTable.slotOf(address)]);
        }
        loads.client(0x0A00_0001, 40_000);
        assertThat(loads.select()).isEqualTo(slots[3711]);
    }

    @Test
    void withThePortEachOfAClientsConnectionsHasAServer() {
        RealServer[] servers = servers(5);
        Loads loads = loads("mh", "variant=dpvs,hash=source-port", servers);
        Loads without = loads("mh", "variant=dpvs", servers);
        for (int port = 0; port < 100; port++) {
            loads.client(0x0A00_0000, 1_000 + port);
            without.client(0x0A00_0000 + 1_000 + port, 7);
            assertThat(loads.select()).isEqualTo(without.select());
        }
    }

    private static RealServer[] servers(int count) {
        List<RealServer> servers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            servers.add(RealServer.of("10.0.1." + (1 + i), 80));
        }
        return servers.toArray(RealServer[]::new);
    }

    /// Weights count by turns, of which the heaviest has less than 64.
    @Test
    void weightsOfTheTableAreCut() {
        RealServer[] servers = servers(3);
        servers[0] = servers[0].withWeight(32_767);
        servers[1] = servers[1].withWeight(0);
        servers[2] = servers[2].withWeight(1);
        Loads loads = loads("mh", "variant=dpvs", servers);
        int[] chosen = new int[3];
        for (int i = 0; i < 64_000; i++) {
            loads.client(i);
            chosen[loads.select()]++;
        }
        assertThat(chosen[1]).isZero();
        assertThat(chosen[2]).isBetween(700, 1_300); // 1 of 64 where weights say 1 of 32768
    }

    @ParameterizedTest
    @ValueSource(strings = {"mh", "conhash"})
    void theClientsOfAServerThatIsNotUsableAreRefused(String name) {
        Loads loads = loads(name, "variant=dpvs", servers(4));
        loads.forbidden[2] = true;
        int refused = 0;
        for (int i = 0; i < 2_000; i++) {
            loads.client(i);
            loads.forbidden[2] = false;
            int usual = loads.select();
            loads.forbidden[2] = true;
            assertThat(loads.select()).isEqualTo(usual == 2 ? Scheduler.NONE : usual);
            refused += usual == 2 ? 1 : 0;
        }
        assertThat(refused).isBetween(350, 650);
    }

    /// The next is that of the client's number and its slot's; then one more.
    @Test
    void withFallbackTheTableLooksOn() {
        Loads loads = loads("mh", "variant=dpvs,fallback=yes", servers(4));
        for (int i = 0; i < 1_000; i++) {
            int address = i * 0x9E37_79B9;
            loads.client(address, 1);
            Arrays.fill(loads.forbidden, false);
            loads.forbidden[loads.select()] = true;
            int slot = DpvsTable.slotOf(address);
            int expected = Scheduler.NONE;
            for (int offset = 0; expected == Scheduler.NONE; offset++) {
                loads.client(address + (offset + slot) % 4093, 1);
                boolean[] down = loads.forbidden.clone();
                Arrays.fill(loads.forbidden, false);
                int there = loads.select();
                System.arraycopy(down, 0, loads.forbidden, 0, 4);
                expected = down[there] ? Scheduler.NONE : there;
            }
            loads.client(address, 1);
            assertThat(loads.select()).isEqualTo(expected);
        }
        Arrays.fill(loads.forbidden, true);
        assertThat(loads.select()).isEqualTo(Scheduler.NONE);
    }

    @Test
    void theRingChoosesTheNextPointOfSignedNumbers() {
        RealServer[] servers = servers(3);
        servers[1] = servers[1].withWeight(2);
        Loads loads = loads("conhash", "variant=dpvs", servers);
        TreeMap<Long, Integer> ring = new TreeMap<>();
        DpvsHashes hashes = new DpvsHashes();
        for (int server = 0; server < 3; server++) {
            for (int i = 0; i < 160 * servers[server].weight(); i++) {
                String text = String.format("%s-%03d", DpvsRing.name(servers[server]), i);
                ring.put(hashes.begin().add(text).ring(), server);
            }
        }
        assertThat(ring).hasSize(640);
        assertThat(ring.firstKey()).isNegative();
        for (int i = 0; i < 3_000; i++) {
            int address = i * 0x9E37_79B9;
            String text = Integer.toUnsignedString(Integer.reverseBytes(address));
            Map.Entry<Long, Integer> point = ring.ceilingEntry(hashes.begin().add(text).ring());
            loads.client(address, 1);
            assertThat(loads.select())
                    .isEqualTo((point == null ? ring.firstEntry() : point).getValue());
        }
    }

    /// Either variant may follow the other.
    @ParameterizedTest
    @CsvSource({"mh,fallback=yes", "conhash,bound=125"})
    void aServiceChangesItsVariant(String name, String usual) {
        Loads one = loads(name, usual, servers(4));
        Loads other = loads(name, "variant=dpvs", servers(4));
        int[] origins = {0, 1, 2, 3};
        int before = one.select();
        other.resume(one, origins);
        one.resume(other, origins);
        assertThat(one.select()).isEqualTo(before);
        assertThat(other.select()).isNotNegative();
    }

    @Test
    void noServersAndNoWeightsMeanNone() {
        for (String name : List.of("mh", "conhash")) {
            assertThat(loads(name, "variant=dpvs").select()).isEqualTo(Scheduler.NONE);
            assertThat(loads(name, "variant=dpvs", servers(1)[0].withWeight(0)).select())
                    .isEqualTo(Scheduler.NONE);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mh      | variant=dpvs,size=4093      | has no option \"size\"",
                "mh      | variant=dpvs,prefix=24      | has no option \"prefix\"",
                "mh      | variant=dpvs,hash=destination | is not one of source, source-port",
                "conhash | variant=dpvs,hash=source-port | is not one of source",
                "conhash | variant=dpvs,fallback=yes   | is not one of no",
                "conhash | variant=dpvs,bound=125      | has no option \"bound\"",
                "conhash | variant=dpvs,replicas=160   | has no option \"replicas\"",
                "mh      | variant=lvs                 | is not one of fullnat, dpvs",
                "conhash | variant=lvs                 | is not one of fullnat, dpvs",
                "sh      | variant=dpvs                | has no option \"variant\"",
                "dh      | variant=fullnat             | has no option \"variant\"",
                "wlc     | variant=dpvs                | has no option \"variant\""
            })
    void whatDpvsHasNotIsRefused(String name, String options, String message) {
        assertThatThrownBy(() -> ALL.get(name).checkOptions(options(options)))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining(message)
                .extracting(refusal -> ((BalancerException) refusal).code())
                .isEqualTo(ErrorCode.INVALID_ARGUMENT);
        ALL.get("mh").checkOptions(Map.of("variant", "fullnat"));
        ALL.get("conhash").checkOptions(Map.of("variant", "fullnat"));
    }

    @Test
    void serversThatDpvsCannotHaveAreRefused() {
        for (String name : List.of("mh", "conhash")) {
            assertThatThrownBy(() ->
                            loads(
                                    name,
                                    "variant=dpvs",
                                    RealServer.of("10.0.1.1", 80).withWeight(32_768)))
                    .hasMessageContaining("10.0.1.1:80 has a weight above 32767");
            assertThatThrownBy(() -> loads(name, "variant=dpvs", RealServer.of("fd00::1", 80)))
                    .hasMessageContaining("is of another family than the service");
        }
        assertThatThrownBy(() ->
                        loads(
                                "conhash",
                                "variant=dpvs",
                                RealServer.of("10.0.0.1", raw(2480)),
                                RealServer.of("10.0.0.12", raw(480))))
                .hasMessageContaining("has the name of 10.0.0.12:");
        assertThatThrownBy(() ->
                        loads(
                                "conhash",
                                "variant=dpvs",
                                RealServer.of("10.0.1.1", 80).withWeight(32_767),
                                RealServer.of("10.0.1.2", 80)))
                .hasMessageContaining("the weights make 5242880 points");
    }

    private static int raw(int port) {
        return Short.reverseBytes((short) port) & 0xFFFF;
    }
}
