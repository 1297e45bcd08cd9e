// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.cli.Commands;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.server.ApiServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/// What the live page does and when it cannot, in Debian's Chromium.
@Timeout(300)
@TestInstance(Lifecycle.PER_CLASS)
final class PageActionsIT {
    private static final String ONE = "service/192.0.2.80-80-tcp";
    private static final String DIALOG = "dialog[open]";

    private PageScene scene;

    @BeforeAll
    void open(@TempDir Path profile) {
        scene = new PageScene(profile);
    }

    @AfterAll
    void close() {
        scene.close();
    }

    private void awaitNoDialog() {
        scene.browser.await("no dialog", () -> scene.browser.all(DIALOG).isEmpty());
    }

    /// The main task without a mouse: a server is drained, gets its weight back, and is taken out.
    @Test
    void drainsWeighsAndInhibitsByTheKeyboardAlone() {
        Chromium browser = scene.open("services", "TCP");
        browser.tabTo("192.0.2.80:80");
        browser.press(Keys.ENTER);
        browser.awaitText("#main", "203.0.113.12:8080");

        browser.tabTo("Drain 203.0.113.12:8080");
        browser.press(Keys.ENTER);
        browser.awaitText(DIALOG, "Drain 203.0.113.12:8080?");
        browser.shoot("dialog");
        assertThat(Accessibility.violations(browser)).isEmpty();
        browser.press(Keys.ESCAPE);
        awaitNoDialog();
        assertThat(browser.focused()).isEqualTo("button Drain 203.0.113.12:8080");
        assertThat(scene.server(2).weight()).isEqualTo(1);

        browser.press(Keys.ENTER);
        browser.awaitText(DIALOG, "Drain");
        browser.press(Keys.ENTER);
        awaitNoDialog();
        assertThat(scene.server(2).weight()).isZero();
        browser.awaitText("#said", "203.0.113.12:8080 drains.");
        browser.await("drained or draining", () -> browser.text("#main").contains("drain"));
        browser.shoot("service-drained");

        browser.tabTo("Weight of 203.0.113.12:8080");
        browser.press(Keys.ENTER);
        browser.awaitText(DIALOG, "Weight of 203.0.113.12:8080");
        browser.press("many", Keys.ENTER);
        browser.awaitText(DIALOG, "Write a whole number, 0 to 65535.");
        browser.shoot("dialog-weight");
        assertThat(Accessibility.violations(browser)).isEmpty();
        browser.press(
                Keys.BACK_SPACE,
                Keys.BACK_SPACE,
                Keys.BACK_SPACE,
                Keys.BACK_SPACE,
                "4",
                Keys.ENTER);
        awaitNoDialog();
        assertThat(scene.server(2).weight()).isEqualTo(4);

        browser.tabTo("Inhibit 203.0.113.12:8080");
        browser.press(Keys.ENTER);
        browser.awaitText(DIALOG, "Inhibit 203.0.113.12:8080?");
        browser.press(Keys.ENTER);
        awaitNoDialog();
        assertThat(scene.server(2).inhibited()).isTrue();
        assertThat(scene.server(2).weight()).isEqualTo(4);
        browser.awaitText("#main", "inhibited");
        browser.shoot("service-inhibited");

        browser.tabTo("Let back in 203.0.113.12:8080");
        browser.press(Keys.ENTER);
        browser.awaitText(DIALOG, "Let 203.0.113.12:8080 back in?");
        browser.press(Keys.ENTER);
        awaitNoDialog();
        assertThat(scene.server(2).inhibited()).isFalse();
        scene.restore(2);
        assertThat(browser.errors()).isEmpty();
    }

    /// The service goes while somebody reads the question.
    @Test
    void anActionThatFailsSaysSoAndStaysOpen() {
        ServiceKey key = ServiceKey.tcp("198.51.100.99", 443);
        Control control = scene.control();
        control.apply(
                new Change.AddService(
                        VirtualService.of(key).withRealServer(RealServer.of("203.0.113.12", 443))));
        Chromium browser = scene.open("service/198.51.100.99-443-tcp", "203.0.113.12:443");
        browser.find("[aria-label='Drain 203.0.113.12:443']").click();
        browser.awaitText(DIALOG, "Drain 203.0.113.12:443?");
        control.apply(new Change.RemoveService(key, false));
        browser.press(Keys.ENTER);
        browser.awaitText(DIALOG, "Not done: no service TCP 198.51.100.99:443");
        browser.shoot("dialog-failed");
        assertThat(Accessibility.violations(browser)).isEmpty();
        browser.press(Keys.ESCAPE);
        awaitNoDialog();
        browser.awaitText("#notices", "no service TCP 198.51.100.99:443");
        browser.errors().clear(); // the browser notes each answer 404
    }

    /// PUT would add it again.
    @Test
    void aServerThatWasRemovedStaysRemoved() {
        Endpoint gone = Endpoint.of("203.0.113.14", 8080);
        Control control = scene.control();
        control.apply(new Change.AddRealServer(PageScene.WEB, RealServer.of(gone).withWeight(0)));
        Chromium browser = scene.open(ONE, "203.0.113.14:8080");
        browser.find("[aria-label='Weight of 203.0.113.14:8080']").click();
        browser.awaitText(DIALOG, "Weight of");
        control.apply(new Change.RemoveRealServer(PageScene.WEB, gone, false));
        browser.press("5", Keys.ENTER);
        browser.awaitText(DIALOG, "Not done: the server is not there any more");
        browser.press(Keys.ESCAPE);
        awaitNoDialog();
        assertThat(control.status(PageScene.WEB).orElseThrow().realServers()).hasSize(3);
        assertThat(browser.errors()).isEmpty();
    }

    @Test
    void hostileTextsAreShownAndNothingMore() {
        String markup = "<img src=x onerror=document.title='owned'><b>bold</b>";
        Control control = scene.control();
        Endpoint server = Scenario.http(1);
        control.apply(
                new Change.EditRealServer(PageScene.WEB, scene.server(1).withDescription(markup)));
        Control.await(
                control.reportHealth(PageScene.WEB, server, false, markup, 1).thenApply(_ -> 0));
        try {
            Chromium browser = scene.open(ONE, markup);
            browser.await(
                    "the answer of a health check",
                    () -> browser.text("tbody tr").split("onerror", -1).length > 2);
            browser.shoot("service-hostile");
            assertThat(browser.all("img, #main b")).isEmpty();
            browser.find("[aria-label^='Drain 203.0.113.11:8080']").click();
            browser.press(Keys.ESCAPE);
            scene.go("events", markup);
            assertThat(browser.all("img, #main b")).isEmpty();
            assertThat(browser.script("return document.title")).isEqualTo("Events – fullnat");
            assertThat(browser.errors()).isEmpty();
        } finally {
            Control.await(
                    control.reportHealth(PageScene.WEB, server, true, "", 2).thenApply(_ -> 0));
            control.apply(
                    new Change.EditRealServer(PageScene.WEB, RealServer.of(server).withWeight(2)));
        }
    }

    @Test
    void withoutItsTokenItAsks() {
        Chromium browser = scene.browser.open(scene.bareAddress());
        browser.script("sessionStorage.clear()");
        browser.open(scene.bareAddress());
        browser.awaitText("#main", "asks for a token");
        browser.shoot("token");
        assertThat(Accessibility.violations(browser)).isEmpty();
        browser.press("not-the-token-of-it", Keys.ENTER);
        browser.awaitText("#main", "Not let in: the token is wrong.");
        browser.press(scene.address().replaceFirst(".*=", ""), Keys.ENTER);
        browser.awaitText("#main", "192.0.2.80:80");
        assertThat(browser.script("return location.href + document.cookie"))
                .isEqualTo(scene.bareAddress());
        assertThat(browser.script("return JSON.stringify(localStorage)").toString())
                .doesNotContain("token");
        browser.errors().clear(); // the browser notes each answer 401
    }

    @Test
    void whereNothingMayBeChangedItSaysWhy() {
        try (ApiServer server = withoutToken(0)) {
            Chromium browser = scene.browser;
            browser.open("http://127.0.0.1:" + server.tcpPort().orElseThrow() + "/#" + ONE);
            browser.awaitText("#main", "203.0.113.12:8080");
            assertThat(browser.all(".actions")).isEmpty();
            assertThat(browser.text(".why")).contains("no token").contains("api.tcp.token-file");
            assertThat(Accessibility.violations(browser)).isEmpty();
            assertThat(browser.errors()).isEmpty();
        }
    }

    private ApiServer withoutToken(int port) {
        ApiSettings.Tcp plain =
                new ApiSettings.Tcp(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                        Optional.empty(),
                        Optional.empty());
        return ApiServer.start(
                new ApiSettings(Optional.empty(), Optional.of(plain)),
                scene.backend.operations(),
                Commands.over(scene.backend.operations()));
    }

    /// Its counters begin again, and so do the page's rates.
    @Test
    void aRestartIsNoticed() {
        Chromium browser = scene.browser;
        int port;
        try (ApiServer server = withoutToken(0)) {
            port = server.tcpPort().orElseThrow();
            browser.open("http://127.0.0.1:" + port + "/");
            browser.awaitText("#main", "192.0.2.80:80");
            browser.awaitText("#summary", "Dropped/s\n0"); // the second round
        }
        browser.awaitText("#state", "no answer");
        try (ApiServer server = withoutToken(port)) {
            browser.awaitText("#notices", "The balancer was started anew at ");
            browser.awaitText("#state", "up");
            browser.awaitText("#summary", "Dropped/s\n0");
            assertThat(browser.text("body")).doesNotContain("-1").doesNotContain("NaN");
            assertThat(browser.find("body").getDomAttribute("class")).doesNotContain("stale");
            assertThat(server.tcpPort()).hasValue(port);
        }
        browser.errors().clear(); // the browser notes each connection that is refused
    }

    /// A browser has six connections for all its tabs.
    @Test
    void theFourthTabIsAsAliveAsTheFirst() {
        Chromium browser = scene.open("events", "live");
        try {
            for (int tab = 2; tab <= 4; tab++) {
                browser.openTab(scene.address());
                browser.awaitText("#main", "192.0.2.80");
                scene.go("events", "live");
            }
            String before = browser.text("#summary");
            scene.control()
                    .apply(
                            new Change.EditRealServer(
                                    PageScene.WEB, scene.server(3).withDescription("fourth")));
            browser.awaitText("#main tbody", "1 change, EditRealServer");
            browser.await("other figures", () -> !browser.text("#summary").equals(before));
        } finally {
            browser.closeTabs();
            scene.restore(3);
        }
        browser.awaitText("#main tbody", "1 change, EditRealServer");
        assertThat(browser.errors()).isEmpty();
    }

    /// Sixteen others listen already.
    @Test
    void withoutEventsItGoesOn() throws IOException {
        URI address = URI.create(scene.bareAddress());
        String token = scene.address().replaceFirst(".*=", "");
        List<Socket> others = new ArrayList<>();
        Chromium browser = scene.browser.open("about:blank");
        try {
            for (int i = 0; i < 16; i++) {
                Socket socket = new Socket(address.getHost(), address.getPort());
                others.add(socket);
                String request =
                        "GET /v2/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                                + token
                                + "\r\n\r\n";
                socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                socket.getInputStream().read();
            }
            scene.open("events", "16 listeners already");
            browser.shoot("events-refused");
            String before = browser.text("#summary");
            browser.await("other figures", () -> !browser.text("#summary").equals(before));
        } finally {
            for (Socket socket : others) {
                socket.close();
            }
        }
        browser.awaitText("#main", "live");
        browser.errors().clear(); // the browser notes each answer 503
    }

    @Test
    void oldFiguresAreMarked() {
        try (LivePage other = LivePage.open(scene.backend.operations())) {
            scene.browser.open(other.address().toString());
            scene.browser.awaitText("#main", "192.0.2.80");
            scene.browser.awaitText("#summary", "Dropped/s\n0"); // the second round
        }
        Chromium browser = scene.browser;
        browser.awaitText("#notices", "The balancer does not answer. What is shown is of ");
        browser.awaitText("#state", "no answer");
        assertThat(browser.find("body").getDomAttribute("class")).contains("stale");
        browser.shoot("stale");
        assertThat(Accessibility.violations(browser)).isEmpty();
        browser.errors().clear(); // the browser notes each connection that is refused
    }
}
