// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import io.fullnat.balancer.cli.Commands;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/// What the live page shows in Debian's Chromium, of a balancer with clients that do not cease. Its
/// screens are in `target/page`; for those of the documentation (`./build screens`) the property
/// `screens.seconds` says how long charts are given to fill.
@Timeout(300)
@TestInstance(Lifecycle.PER_CLASS)
final class LivePageIT {
    private static final int MANY = 20_000;
    private static final List<String> VIEWS =
            List.of(
                    "services",
                    "servers",
                    "addresses",
                    "machine",
                    "outcomes",
                    "events",
                    "connections",
                    "sets");
    private static final List<String> WORDS =
            List.of(
                    "Service",
                    "203.0.113.",
                    "Fullest pair",
                    "worker 0",
                    "FORWARDED_IN",
                    "live",
                    "at most",
                    "hash:net");

    private PageScene scene;

    @BeforeAll
    void open(@TempDir Path profile) {
        scene = new PageScene(profile);
        scene.control()
                .apply(
                        new Change.CreateSet(
                                IpSet.builder("bots", SetType.HASH_NET)
                                        .add(SetMember.of("203.0.113.128/25"), false)
                                        .build()),
                        new Change.AddAccessRule(PageScene.WEB, AccessRule.deny("ipset:bots")));
    }

    @AfterAll
    void close() {
        scene.close();
    }

    private void assertQuiet() {
        assertThat(scene.browser.errors()).isEmpty();
        String origin = scene.bareAddress();
        assertThat(scene.browser.asked())
                .isNotEmpty()
                .allSatisfy(address -> assertThat(address).startsWith(origin));
        scene.browser.asked().clear();
    }

    private void assertAccessible() {
        assertThat(Accessibility.violations(scene.browser)).isEmpty();
    }

    private void assertNoSidewaysScroll() {
        Object width = scene.browser.script("return document.documentElement.scrollWidth");
        Object room = scene.browser.script("return document.documentElement.clientWidth");
        assertThat(width).isEqualTo(room);
    }

    /// Figures move, charts are drawn, and nobody but the balancer is asked.
    @Test
    void showsWhatClientsDo() {
        Chromium browser = scene.open("services", "TCP");
        browser.await(
                "connections a second",
                () -> !browser.text("tbody tr td:nth-of-type(4)").equals("0"));
        browser.await("four charts", () -> browser.all("#summary canvas").size() == 4);
        String before = browser.text("#summary");
        browser.await("other figures", () -> !browser.text("#summary").equals(before));
        assertThat(browser.text("#state")).isEqualTo("up");
        browser.script("document.querySelector('.skip').focus()");
        browser.press(Keys.ENTER); // it is not to be seen until it has the focus
        assertThat(browser.script("return document.activeElement.id + location.hash"))
                .isEqualTo("main#services");
        browser.await(
                "a line of some length",
                () ->
                        browser.script(
                                        "return document.querySelector('#summary .plot:last-child')"
                                                + ".getAttribute('aria-label')")
                                .toString()
                                .contains("now"));
        browser.shoot("services");
        assertAccessible();
        assertQuiet();
    }

    @Test
    void eachViewIsReadableByAllInBothThemesAndOnAPhone() {
        for (String theme : List.of("light", "dark")) {
            scene.open("services", "TCP");
            scene.browser.prefers("prefers-color-scheme", theme);
            for (int i = 0; i < VIEWS.size(); i++) {
                Chromium browser = scene.go(VIEWS.get(i), WORDS.get(i));
                browser.shoot(VIEWS.get(i) + "-" + theme);
                assertAccessible();
                assertNoSidewaysScroll();
            }
        }
        scene.open("services", "TCP");
        scene.browser.phone(360);
        for (int i = 0; i < VIEWS.size(); i++) {
            scene.go(VIEWS.get(i), WORDS.get(i)).shoot(VIEWS.get(i) + "-phone");
            assertNoSidewaysScroll();
            assertAccessible();
        }
        scene.go("service/192.0.2.80-80-tcp", "203.0.113.13:8080").shoot("service-phone");
        assertNoSidewaysScroll();
        assertQuiet();
    }

    @Test
    void aServerThatIsDownIsSeenWithItsReason() throws InterruptedException {
        scene.backend.strike(Mishap.KILLED);
        try {
            Chromium browser = scene.open("services", "TCP");
            browser.await("a service in trouble", () -> browser.text("#main").contains("degraded"));
            scene.go("service/192.0.2.80-80-tcp", "connection refused");
            WebElement row = browser.find("tbody tr:nth-of-type(3)");
            browser.await("down", () -> row.getText().contains("down"));
            assertThat(row.getText()).contains("203.0.113.13:8080").contains("connection refused");
            TimeUnit.SECONDS.sleep(Integer.getInteger("screens.seconds", 0));
            browser.shoot("service-down");
            assertAccessible();
            browser.prefers("prefers-color-scheme", "dark");
            browser.shoot("service-down-dark");
            assertAccessible();
            scene.go("servers", "connection refused");
            assertThat(browser.find("tbody tr").getText()).contains("203.0.113.13:8080");
            scene.go("events", "203.0.113.13:8080 of tcp 192.0.2.80:80 is down")
                    .shoot("events-down-dark");
            assertAccessible();
        } finally {
            scene.backend.heal(Mishap.KILLED);
        }
        scene.browser.awaitText("#main", "203.0.113.13:8080 of tcp 192.0.2.80:80 is up");
        assertQuiet();
    }

    @Test
    void theSorryServerOfAServiceIsSeen() {
        ServicePolicy before =
                scene.control().status(PageScene.WEB).orElseThrow().service().policy();
        HealthPolicy.Builder health = before.health().toBuilder();
        health.sorryServer(Endpoint.of("203.0.113.14", 8080));
        scene.control()
                .apply(new Change.SetPolicy(PageScene.WEB, before.withHealth(health.build())));
        try {
            scene.open("services", "TCP");
            scene.go(
                    "service/192.0.2.80-80-tcp",
                    "sorry server 203.0.113.14:8080: up, 0 connections");
            assertAccessible();
            assertQuiet();
        } finally {
            scene.control().apply(new Change.SetPolicy(PageScene.WEB, before));
        }
    }

    @Test
    void findsOneAmongTwentyThousandServices() {
        scene.addServices(MANY);
        try {
            Chromium browser = scene.open("services", "TCP");
            browser.awaitText(".range", "1–50 of 20,004");
            browser.shoot("services-20000");
            assertAccessible();
            browser.find("[aria-label='Next page']").click();
            browser.awaitText(".range", "51–100 of 20,004");
            browser.press("/");
            browser.press("video 12344");
            browser.awaitText(".range", "1–1 of 1 found, of 20,004");
            assertThat(browser.text("tbody")).contains("198.51.100.32:345").contains("video 12344");
            browser.press(Keys.ESCAPE);
            browser.awaitText(".range", "1–50 of 20,004");
            browser.find("thead [data-sort='connections'] button").click();
            browser.await(
                    "the order",
                    () ->
                            !browser.all("[data-sort='connections'][aria-sort='descending']")
                                    .isEmpty());
            browser.awaitText("tbody tr", "192.0.2.80:80");
            browser.phone(360).shoot("services-20000-phone");
            assertNoSidewaysScroll();
            scene.go("servers", "203.0.113.2");
            browser.awaitText(".range", "of 40,012");
            assertQuiet();
        } finally {
            scene.removeServices(MANY);
        }
    }

    /// With what rules have decided by them, and without their entries.
    @Test
    void setsAreSeenWithTheirCounts() {
        Chromium browser = scene.open("sets", "bots");
        assertThat(browser.text("tbody tr")).contains("hash:net", "1 of 65,535");
        assertThat(browser.text("#main")).doesNotContain("203.0.113.128");
        browser.press("/");
        browser.press("nobody");
        browser.awaitText("#main", "No sets match “nobody”.");
        browser.press(Keys.ESCAPE);
        browser.awaitText("tbody tr", "bots");
        browser.shoot("sets");
        assertAccessible();
        assertQuiet();
    }

    @Test
    void findsConnectionsByAddress() {
        Chromium browser = scene.open("connections", "at most");
        browser.press("/");
        browser.press("198.51.100.10", Keys.ENTER);
        browser.awaitText("#main", "192.0.2.80:80");
        assertThat(browser.all("tbody tr").size()).isPositive().isLessThanOrEqualTo(200);
        assertThat(browser.text("tbody tr")).contains("198.51.100.10:");
        browser.shoot("connections-found");
        assertAccessible();
        assertQuiet();

        browser.press("/");
        browser.press("nobody", Keys.ENTER);
        browser.awaitText(".found", "Not found out: ");
        assertThat(browser.text(".found")).contains("nobody");
        browser.errors().clear(); // the browser notes each answer 400
    }

    /// Each with what helps, above all views.
    @Test
    void whatLastsIsSaidWithItsRemedy() {
        quorum("9");
        try {
            Chromium browser = scene.open("services", "quorum lost");
            browser.awaitText("#conditions", "TCP 192.0.2.80:80");
            assertThat(browser.text("#conditions"))
                    .contains("quorum lost")
                    .contains("What helps: look at the real servers that are down");
            browser.awaitText("#state", "degraded");
            browser.shoot("conditions");
            assertAccessible();
            browser.prefers("prefers-color-scheme", "dark")
                    .phone(360)
                    .shoot("conditions-phone-dark");
            assertAccessible();
            assertNoSidewaysScroll();
        } finally {
            quorum("1");
        }
        scene.browser.await("none", () -> !scene.browser.find("#conditions").isDisplayed());
        assertQuiet();
    }

    private void quorum(String weight) {
        StringWriter said = new StringWriter();
        PrintWriter out = new PrintWriter(said);
        int status =
                Commands.over(scene.backend.operations())
                        .run(
                                List.of(
                                        "service",
                                        "edit",
                                        "tcp",
                                        "192.0.2.80:80",
                                        "--quorum",
                                        weight),
                                "",
                                out,
                                out);
        assertThat(status).as(said.toString()).isZero();
    }

    /// No figures, no stream; when it is seen again it gets what it has missed.
    @Test
    void aTabThatIsNotSeenAsksNothing() throws InterruptedException {
        Chromium browser = scene.open("events", "live");
        see(false);
        browser.awaitText("#main .toolbar", "paused");
        Thread.sleep(1000); // what was under way ends
        browser.asked();
        browser.asked().clear();
        scene.restore(3);
        Thread.sleep(5000); // two rounds and a half
        assertThat(browser.asked()).isEmpty();
        assertThat(browser.text("#main")).doesNotContain("EditRealServer");
        see(true);
        browser.awaitText("#main", "EditRealServer");
        browser.awaitText("#main .toolbar", "live");
        assertQuiet();
    }

    private void see(boolean seen) {
        scene.browser.script(
                "Object.defineProperty(document, 'hidden', {value: arguments[0], configurable: true});"
                        + " document.dispatchEvent(new Event('visibilitychange'));",
                !seen);
    }

    /// The choice stays, and charts take other colours.
    @Test
    void theThemeCanBeChosen() {
        Chromium browser = scene.open("services", "TCP");
        Object system = browser.script("return getComputedStyle(document.body).backgroundColor");
        browser.find("#theme").click();
        assertThat(browser.text("#theme")).isEqualTo("Theme: dark");
        Object dark = browser.script("return getComputedStyle(document.body).backgroundColor");
        assertThat(dark).isNotEqualTo(system);
        browser.open(scene.address());
        browser.awaitText("#main", "192.0.2.80");
        assertThat(browser.text("#theme")).isEqualTo("Theme: dark");
        browser.find("#theme").click();
        browser.find("#theme").click();
        assertThat(browser.text("#theme")).isEqualTo("Theme: system");
        browser.prefers("prefers-reduced-motion", "reduce");
        assertThat(
                        browser.script(
                                "return getComputedStyle(document.getElementById('said'))"
                                        + ".transitionDuration"))
                .isEqualTo("0s");
        assertQuiet();
    }

    /// What `fullnat demo --page` gives the browser of a desktop.
    @Test
    void theFileOfTheDemoLeadsToThePage(@TempDir Path folder) throws IOException {
        Path kept = folder.resolve("kept.html");
        Path program = folder.resolve("fox");
        Files.writeString(program, "#!/bin/sh\ncp \"${1#file://}\" " + kept + "\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        Map<String, String> environment = Map.of("DISPLAY", ":7", "BROWSER", program.toString());
        Browser.Desktop desktop = new Browser.Desktop(environment, true, false);
        Duration patience = Duration.ofMinutes(1);
        try (Browser opened = Browser.open(scene.page.address(), desktop, patience)) {
            assertThat(opened.said()).startsWith("opened by " + program + "; ");
        }
        Chromium browser = scene.browser;
        browser.open(kept.toUri().toString());
        browser.awaitText("#main", "192.0.2.80");
        assertThat(browser.text("#state")).isEqualTo("up");
        assertThat(browser.errors()).isEmpty();
    }

    /// Made of answers in which all that can go wrong does.
    @Test
    void ratesAreNeverNegativeNorMadeUp() {
        Chromium browser = scene.open("services", "TCP");
        Object told =
                browser.later(
                        """
                        const done = arguments[arguments.length - 1];
                        import('/page/rates.js').then(({ Rates }) => {
                          const rates = new Rates();
                          const answer = (startedAt, seconds, received, dropped) => ({
                            startedAt, time: 1e12 + seconds * 1e3, monotonicNanos: seconds * 1e9,
                            totals: { rates: { connections: 1, inPackets: 1, outPackets: 1, inBytes: 1, outBytes: 1 } },
                            outcomes: { A: received, B: dropped } });
                          const found = [];
                          const note = () => found.push(rates.rate((each) => each.outcomes.A), rates.sum(['A', 'B']));
                          rates.accept(answer(1, 10, 100, 7)); note();
                          rates.accept(answer(1, 12, 300, 7)); note();
                          rates.accept(answer(1, 14, 5, 9)); note();
                          found.push(rates.accept(answer(2, 1, 50, 50))); note();
                          rates.accept(answer(2, 1, 50, 50)); note();
                          rates.accept(answer(2, 3, 2 ** 33 + 50, 50)); note();
                          done(JSON.stringify(found));
                        });
                        """);
        assertThat(told)
                .hasToString(
                        "[null,null,100,100,null,1,true,null,null,null,null,4294967296,4294967296]");
    }
}
