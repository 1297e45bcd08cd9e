// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Programs that would open a page, played by scripts that keep what they were told.
@Timeout(60)
final class BrowserTest {
    private static final URI PAGE = URI.create("http://127.0.0.1:4711/#token=0123abcd");

    private static final String HINT = "; if it finds no file, open the address above";

    /// Programs that end are awaited, however busy the machine is.
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir private Path folder;
    @TempDir private Path home;
    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void prepare() {
        environment.put("PATH", folder + ":/usr/bin:/bin:/usr/sbin:/sbin");
        environment.put("DISPLAY", ":7");
        environment.put("HOME", home.toString());
    }

    /// A script that keeps the words, the file that it is given last, and who it is.
    private void program(String name, String end) throws IOException {
        Path script = folder.resolve(name);
        Files.writeString(
                script,
                """
                #!/bin/sh
                out=%s
                echo "$0 $*" > $out/words
                echo "$$ $(cut -d' ' -f5,6 /proc/$$/stat)" > $out/process
                for last; do :; done
                cat "${last#file://}" > $out/file
                id -un > $out/user
                echo "$DISPLAY $XDG_RUNTIME_DIR" > $out/session
                echo noise; echo more noise >&2
                %s
                """
                        .formatted(folder, end));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private String kept(String name) throws IOException {
        return Files.readString(folder.resolve(name)).strip();
    }

    private Browser open(boolean terminal, boolean root) {
        return Browser.open(PAGE, new Browser.Desktop(environment, terminal, root), PATIENCE);
    }

    /// The file that a browser would read, by what it was told.
    private Path given() throws IOException {
        String words = kept("words");
        return Path.of(URI.create(words.substring(words.lastIndexOf(' ') + 1)));
    }

    @Test
    void theOpenerIsGivenAFileThatLeadsToThePage() throws IOException {
        program(Browser.OPENER, "exit 0");
        try (Browser browser = open(true, false)) {
            assertThat(browser.said()).isEqualTo("opened by xdg-open" + HINT);
            assertThat(kept("words")).doesNotContain("token").doesNotContain("4711");
            assertThat(kept("file")).contains("content=\"0; url=" + PAGE + "\"");
            assertThat(kept("session")).isEqualTo(":7");
            assertThat(Files.getPosixFilePermissions(given()))
                    .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        }
        assertThat(given()).doesNotExist();
    }

    @Test
    void waylandIsASessionAsWell() throws IOException {
        program(Browser.OPENER, "exit 0");
        environment.remove("DISPLAY");
        environment.put("WAYLAND_DISPLAY", "wayland-0");
        try (Browser browser = open(true, false)) {
            assertThat(browser.said()).isEqualTo("opened by xdg-open" + HINT);
        }
    }

    @Test
    void oneThatStaysIsNotAwaited() throws Exception {
        program("fox", "mv $out/process $out/stays; exec sleep 600");
        environment.put("BROWSER", "fox");
        Browser.Desktop desktop = new Browser.Desktop(environment, true, false);
        try (Browser browser = Browser.open(PAGE, desktop, Duration.ofMillis(1))) {
            assertThat(browser.said()).isEqualTo("opened by fox" + HINT);
            while (Files.notExists(folder.resolve("stays"))) {
                Thread.sleep(1);
            }
            assertThat(given()).exists();
            assertThat(kept("file")).contains(PAGE.toString());
        } finally {
            ProcessHandle.of(pid("stays")).ifPresent(ProcessHandle::destroyForcibly);
        }
        assertThat(given()).doesNotExist();
    }

    private long pid(String name) throws IOException {
        String words = kept(name);
        return Long.parseLong(words.substring(0, words.indexOf(' ')));
    }

    /// What a terminal tells the demo's processes, as by Ctrl-C, is not for the browser.
    @Test
    void theBrowserHasASessionOfItsOwn() throws IOException {
        program(Browser.OPENER, "exit 0");
        try (Browser browser = open(true, false)) {
            assertThat(browser.said()).startsWith("opened by xdg-open");
        }
        long pid = pid("process");
        assertThat(kept("process")).isEqualTo(pid + " " + pid + " " + pid);
    }

    /// Browsers with a `/tmp` of their own find it there.
    @Test
    void theFileIsInTheUsersHomeIfThereIsOne() throws IOException {
        program(Browser.OPENER, "exit 0");
        try (Browser browser = open(true, false)) {
            assertThat(browser.said()).isEqualTo("opened by xdg-open" + HINT);
            assertThat(given().getParent()).isEqualTo(home);
            assertThat(given().getFileName().toString()).startsWith("fullnat-demo");
            assertThat(Files.getPosixFilePermissions(given()))
                    .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        }
        assertThat(home).isEmptyDirectory();
        Path system = Path.of(System.getProperty("java.io.tmpdir"));
        for (String none : List.of("", "here", home + "/nobody", "/proc")) {
            environment.put("HOME", none);
            try (Browser browser = open(true, false)) {
                assertThat(browser.said()).isEqualTo("opened by xdg-open" + HINT);
                assertThat(given().getParent()).isEqualTo(system);
            }
            assertThat(given()).doesNotExist();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "fox, fox, /fox file:",
        "no-such:fox -new %s -last, fox, /fox -new file:",
        "'::no-such: ', xdg-open, /xdg-open file:"
    })
    void theUsersChoiceComesFirst(String choice, String taken, String words) throws IOException {
        program(Browser.OPENER, "exit 0");
        program("fox", "exit 0");
        environment.put("BROWSER", choice);
        try (Browser browser = open(true, false)) {
            assertThat(browser.said()).isEqualTo("opened by " + taken + HINT);
            assertThat(kept("words")).contains(words);
        }
    }

    @Test
    void oneThatFailsIsNoFailure() throws IOException {
        program(Browser.OPENER, "exit 3");
        try (Browser browser = open(true, false)) {
            assertThat(browser.said())
                    .isEqualTo("not opened in a browser: xdg-open ended with status 3");
            assertThat(given()).doesNotExist();
        }
    }

    @Test
    void oneThatCannotBeStartedIsNoFailure() throws IOException {
        Path script = folder.resolve(Browser.OPENER);
        Files.writeString(script, "#!/no/such/shell\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        environment.put("BROWSER", script.toString());
        try (Browser browser = open(true, false)) {
            assertThat(browser.said())
                    .startsWith("not opened in a browser: ")
                    .contains(script.toString());
        }
    }

    @Test
    void whyThereIsNoneIsSaid() throws IOException {
        program(Browser.OPENER, "exit 0");
        assertThat(open(false, false).said())
                .isEqualTo("not opened in a browser: the output is no terminal");
        assertThat(open(true, true).said())
                .isEqualTo("not opened in a browser: no browser is started as root");
        environment.put("SUDO_USER", "root");
        assertThat(open(true, true).said())
                .isEqualTo("not opened in a browser: no browser is started as root");
        environment.put("PATH", "/no/such/folder:");
        assertThat(open(true, false).said())
                .isEqualTo("not opened in a browser: there is no xdg-open, nor what BROWSER names");
        environment.put("DISPLAY", "");
        assertThat(open(true, false).said())
                .isEqualTo(
                        "not opened in a browser: no graphical session: neither DISPLAY nor"
                                + " WAYLAND_DISPLAY is set");
        assertThat(folder.resolve("words")).doesNotExist();
    }

    @Test
    void afterSudoItIsTheUsersBrowser() throws IOException {
        assumeTrue(Browser.Desktop.ofProcess(true).root(), "only root becomes another user");
        program(Browser.OPENER, "exit 0");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        environment.put("SUDO_USER", "nobody");
        environment.put("SUDO_UID", "65534");
        try (Browser browser = open(true, true)) {
            assertThat(browser.said()).isEqualTo("opened by xdg-open" + HINT);
            assertThat(kept("user")).isEqualTo("nobody");
            assertThat(given().getParent())
                    .as("root makes no file in a folder of somebody else")
                    .isEqualTo(Path.of(System.getProperty("java.io.tmpdir")));
            assertThat(kept("file")).contains(PAGE.toString());
            assertThat(kept("session")).isEqualTo(":7 /run/user/65534");
        }
        environment.put("SUDO_USER", "no-such-user");
        try (Browser browser = open(true, true)) {
            assertThat(browser.said()).startsWith("not opened in a browser: ");
        }
    }
}
