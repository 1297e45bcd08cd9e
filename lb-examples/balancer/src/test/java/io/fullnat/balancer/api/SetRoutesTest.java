// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetEntry;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Sets over the API.
final class SetRoutesTest {
    private static final String BOTS = "/v2/ipset/bots";
    private static final String DENY = "/v2/vs/192.0.2.80-80-tcp/deny";

    private final ApiRig rig = new ApiRig().serving();

    @AfterEach
    void close() {
        rig.close();
    }

    private static String info(String name, String type, String entries) {
        return "{\"Type\":\""
                + type
                + "\",\"Name\":\""
                + name
                + "\",\"CreationOptions\":{\"Family\":\"ipv4\",\"Comment\":true,"
                + "\"HashMaxElem\":1000},\"Entries\":["
                + entries
                + "]}";
    }

    private static String entry(String entry) {
        return "{\"Entry\":\"" + entry + "\"}";
    }

    private List<String> names() {
        return rig.desired().set("bots").entries().stream().map(SetEntry::toString).toList();
    }

    @Test
    void aSetIsMadeShownReplacedAndRemoved() {
        String wish =
                info(
                        "bots",
                        "hash:net",
                        "{\"Entry\":\"198.51.100.0/24\",\"Comment\":\"loud\"},"
                                + "{\"Entry\":\"198.51.100.9\",\"Options\":{\"NoMatch\":true}}");
        rig.put(BOTS, wish).is(201, "created");
        rig.put(BOTS, wish).is(200, "unchanged");
        rig.put(DENY, "{\"Items\":[{\"ipset\":\"bots\"}]}").is(200, "changed");

        assertThat(rig.get(DENY).text()).isEqualTo("{\"Items\":[{\"ipset\":\"bots\"}]}");
        assertThat(rig.get(BOTS).text())
                .isEqualTo(
                        "{\"Type\":\"hash:net\",\"Name\":\"bots\",\"CreationOptions\":"
                                + "{\"Family\":\"ipv4\",\"Comment\":true,\"HashSize\":1024,"
                                + "\"HashMaxElem\":1000},\"Entries\":[{\"Entry\":\"198.51.100.0/24\","
                                + "\"Comment\":\"loud\"},{\"Entry\":\"198.51.100.9/32\","
                                + "\"Options\":{\"NoMatch\":true}}],"
                                + "\"Users\":[\"deny ipset:bots of TCP 192.0.2.80:80\"],"
                                + "\"Refused\":0,\"Admitted\":0,\"Uses\":[{\"Rule\":"
                                + "\"deny ipset:bots of TCP 192.0.2.80:80\",\"Count\":0}]}");
        ApiRig.check("IpsetInfo", rig.get(BOTS).body());
        ApiRig.check("IpsetInfoArray", rig.get("/v2/ipset").body());
        assertThat(rig.get("/v2/ipset").body().path("Count").asInt()).isOne();
        rig.put(BOTS, rig.get(BOTS).text()).is(200, "unchanged");

        rig.delete(BOTS, "").refuses(409, "SET_IN_USE", "bots", "TCP 192.0.2.80:80");
        rig.put(BOTS, info("bots", "hash:ip", entry("10.0.0.1"))).is(200, "changed");
        assertThat(names()).containsExactly("10.0.0.1");
        rig.delete(DENY, "{\"Items\":[{\"ipset\":\"bots\"}]}").is(200, "removed");
        rig.delete(BOTS, "").is(200, "removed");
        rig.delete(BOTS, "").is(200, "absent");
        rig.get(BOTS).refuses(404, "NO_SET", "bots");
    }

    /// What was answered, put again, changes nothing; a change of entries is one beside the file.
    @Test
    void aSetKeepsItsFile() {
        IpSet set =
                IpSet.builder("bots", SetType.HASH_NET)
                        .add(SetMember.of("10.0.0.0/8"), false)
                        .file("/etc/bots")
                        .build();
        rig.control().apply(new Change.CreateSet(set));
        String answered = rig.get(BOTS).text();
        assertThat(answered).contains("\"File\":\"/etc/bots\",\"Edited\":false");

        rig.put(BOTS, answered).is(200, "unchanged");
        rig.put(BOTS, answered.replace("\"HashMaxElem\":65535", "\"HashMaxElem\":70000"))
                .is(200, "changed");
        assertThat(rig.get(BOTS).text()).contains("\"File\":\"/etc/bots\",\"Edited\":false");
        rig.put(BOTS, answered.replace("10.0.0.0/8", "11.0.0.0/8")).is(200, "changed");
        assertThat(rig.get(BOTS).text()).contains("\"File\":\"/etc/bots\",\"Edited\":true");
        rig.put(BOTS, rig.get(BOTS).text()).is(200, "unchanged");
        rig.put(BOTS, info("bots", "hash:ip", entry("10.0.0.1"))).is(200, "changed");
        assertThat(rig.get(BOTS).text()).doesNotContain("/etc/bots");
    }

    @Test
    void membersComeAndGo() {
        rig.put(BOTS, info("bots", "hash:net", "")).is(201, "created");
        String member = BOTS + "/member";

        rig.post(member, info("bots", "hash:net", entry("10.0.0.0/8") + "," + entry("11.0.0.0/8")))
                .is(200, "changed");
        rig.post(member, info("bots", "hash:net", entry("10.0.0.0/8")))
                .refuses(409, "SET_ENTRY_EXISTS", "10.0.0.0/8");
        rig.post(
                        member,
                        info(
                                "bots",
                                "hash:net",
                                "{\"Entry\":\"10.0.0.0/8\",\"Options\":{\"NoMatch\":true,"
                                        + "\"Force\":true}}"))
                .is(200, "changed");
        assertThat(names()).containsExactly("10.0.0.0/8 nomatch", "11.0.0.0/8");
        rig.delete(member, info("bots", "hash:net", entry("12.0.0.0/8")))
                .refuses(404, "NO_SET_ENTRY", "12.0.0.0/8");
        rig.delete(member, info("bots", "hash:net", entry("11.0.0.0/8"))).is(200, "removed");
        rig.put(member, info("bots", "hash:net", entry("12.0.0.0/8"))).is(200, "changed");
        assertThat(names()).containsExactly("12.0.0.0/8");

        String cell = "{\"Type\":\"hash:net\",\"Member\":{\"Entry\":\"12.1.1.1\"}}";
        assertThat(rig.post(BOTS + "/cell", cell).text()).isEqualTo("{\"in\":true}");
        assertThat(rig.post(BOTS + "/cell", cell.replace("12.1", "13.1")).text())
                .isEqualTo("{\"in\":false}");
    }

    @Test
    void setsAreRenamedAndSwapped() {
        rig.put(BOTS, info("bots", "hash:net", entry("10.0.0.0/8"))).is(201, "created");
        rig.put("/v2/ipset/next", info("next", "hash:net", entry("11.0.0.0/8"))).is(201, "created");

        rig.post(BOTS + "/swap?with=next", "").is(200, "changed");
        assertThat(names()).containsExactly("11.0.0.0/8");
        rig.post("/v2/ipset/next/rename?to=old", "").is(200, "changed");
        assertThat(rig.desired().sets()).containsOnlyKeys("bots", "old");
        rig.post(BOTS + "/reload", "").refuses(501, "UNSUPPORTED", "bots", "no file");
        rig.post(BOTS + "/swap", "").refuses(400, "INVALID_ARGUMENT", "with");
    }

    @Test
    void whatIsWrongIsNamed() {
        rig.put(BOTS, info("other", "hash:net", ""))
                .refuses(400, "INVALID_ARGUMENT", "$.Name is other");
        rig.put(BOTS, info("bots", "hash:mac", "")).refuses(400, "INVALID_ARGUMENT", "$.Type");
        rig.put(BOTS, info("bots", "hash:net", entry("10.0.0.0/33")))
                .refuses(400, "INVALID_ARGUMENT", "10.0.0.0/33", "set bots");
        rig.put(BOTS, info("bots", "hash:net", entry("2001:db8::/32")))
                .refuses(400, "INVALID_ARGUMENT", "2001:db8::", "IPv6");
        rig.put("/v2/ipset/a%20b", info("a b", "hash:net", ""))
                .refuses(400, "INVALID_ARGUMENT", "a b");
        rig.post(BOTS + "/member", info("bots", "hash:net", "")).refuses(404, "NO_SET", "bots");
        assertThat(rig.desired().sets()).isEmpty();
        rig.put(BOTS, info("bots", "hash:net", "")).is(201, "created");
        rig.post(BOTS + "/member", info("bots", "hash:ip", entry("10.0.0.1")))
                .refuses(400, "INVALID_ARGUMENT", "hash:ip", "hash:net");
    }
}
