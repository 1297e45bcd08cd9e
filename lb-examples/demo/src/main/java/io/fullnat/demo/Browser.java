// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import io.fullnat.balancer.text.Reason;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A page in the browser of the user's desktop, where there is one; else why not. The browser is
/// given a file that leads to the page, as everybody on the machine sees the words with which a
/// program was started, and the address holds a token. Nothing of it fails. For one thread.
final class Browser implements AutoCloseable {
    /// What opens an address with the program that the desktop prefers.
    static final String OPENER = "xdg-open";

    private static final String ROOT = "root";
    private static final String PREFIX = "fullnat-demo";
    private static final String SUFFIX = ".html";

    /// Of util-linux, as `setpriv`, but knows a user's groups.
    private static final String SWITCH = "runuser";

    /// Of util-linux: with a session of its own, what ends the demo at the terminal does not end
    /// the browser.
    private static final String APART = "setsid";

    /// A browser that stays longer than that has opened its window; an opener is gone by then, or
    /// has trouble of which nobody is told.
    static final Duration PATIENCE = Duration.ofMillis(1500);

    private final @Nullable Path file;
    private final String said;

    private Browser(@Nullable Path file, String said) {
        this.file = file;
        this.said = said;
    }

    /// Where the demo runs.
    ///
    /// @param environment of the process
    /// @param terminal whether a user looks on
    /// @param root whether the process is root's
    record Desktop(Map<String, String> environment, boolean terminal, boolean root) {
        Desktop {
            environment = Map.copyOf(environment);
        }

        /// That of this process.
        static Desktop ofProcess(boolean terminal) {
            boolean root;
            try {
                root =
                        Integer.valueOf(0)
                                .equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
            } catch (IOException | UnsupportedOperationException e) {
                root = true; // a browser is not worth a risk
            }
            return new Desktop(System.getenv(), terminal, root);
        }

        private String value(String name) {
            return environment.getOrDefault(name, "");
        }

        /// The user who became root by sudo.
        private Optional<String> owner() {
            String user = value("SUDO_USER");
            return user.isEmpty() || user.equals(ROOT) ? Optional.empty() : Optional.of(user);
        }

        /// The file of a program, which is found by `PATH` if its name is no path.
        private Optional<Path> program(String name) {
            if (name.contains("/")) {
                return Optional.of(Path.of(name)).filter(Files::isExecutable);
            }
            return List.of(value("PATH").split(":", -1)).stream()
                    .filter(folder -> !folder.isEmpty() && !name.isEmpty())
                    .map(folder -> Path.of(folder, name))
                    .filter(Files::isExecutable)
                    .findFirst();
        }

        /// The words of a command, those of `BROWSER` before all: alternatives between colons, in
        /// which `%s` stands for the address.
        private Optional<List<String>> command(String address) {
            List<String> alternatives = new ArrayList<>(List.of(value("BROWSER").split(":", -1)));
            alternatives.add(OPENER);
            return alternatives.stream()
                    .map(each -> List.of(each.strip().split(" +", -1)))
                    .filter(words -> program(words.getFirst()).isPresent())
                    .findFirst()
                    .map(words -> with(words, address));
        }

        private static List<String> with(List<String> words, String address) {
            List<String> command = new ArrayList<>();
            words.forEach(word -> command.add(word.replace("%s", address)));
            if (command.equals(words)) {
                command.add(address);
            }
            return command;
        }
    }

    /// Opens a page.
    ///
    /// @param patience for so long a program is watched that does not end
    /// @return to be closed when the page is no longer there
    static Browser open(URI page, Desktop desktop, Duration patience) {
        if (!desktop.terminal()) {
            return notOpened("the output is no terminal");
        }
        if (desktop.value("DISPLAY").isEmpty() && desktop.value("WAYLAND_DISPLAY").isEmpty()) {
            return notOpened("no graphical session: neither DISPLAY nor WAYLAND_DISPLAY is set");
        }
        if (desktop.root() && (desktop.owner().isEmpty() || desktop.program(SWITCH).isEmpty())) {
            return notOpened("no browser is started as root");
        }
        if (desktop.command("").isEmpty()) {
            return notOpened("there is no " + OPENER + ", nor what BROWSER names");
        }
        Path file = null;
        try {
            file = write(page, desktop);
            List<String> command = desktop.command(file.toUri().toString()).orElseThrow();
            return start(desktop, command, file, patience);
        } catch (IOException | UnsupportedOperationException e) {
            delete(file);
            return notOpened(Reason.of(e));
        }
    }

    private static Browser notOpened(String reason) {
        return new Browser(null, "not opened in a browser: " + reason);
    }

    /// A file that only its owner reads. In the user's home, as browsers with a `/tmp` of their own
    /// do not find what is in that of the system; but root makes none in a folder of somebody else,
    /// who could put another file in its place.
    private static Path create(Desktop desktop) throws IOException {
        FileAttribute<Set<PosixFilePermission>> owners =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        Path home = Path.of(desktop.value("HOME"));
        if (!desktop.root() && home.isAbsolute() && Files.isDirectory(home)) {
            try {
                return Files.createTempFile(home, PREFIX, SUFFIX, owners);
            } catch (IOException e) {
                // It cannot be written, as that of a service.
            }
        }
        return Files.createTempFile(PREFIX, SUFFIX, owners);
    }

    private static Path write(URI page, Desktop desktop) throws IOException {
        Path file = create(desktop);
        try {
            Files.writeString(
                    file,
                    "<!DOCTYPE html><meta charset=\"utf-8\"><title>fullnat demo</title>"
                            + "<meta http-equiv=\"refresh\" content=\"0; url="
                            + page
                            + "\">\n",
                    StandardCharsets.UTF_8);
            if (desktop.root()) {
                String owner = desktop.owner().orElseThrow();
                Files.setOwner(
                        file,
                        file.getFileSystem()
                                .getUserPrincipalLookupService()
                                .lookupPrincipalByName(owner));
            }
            return file;
        } catch (IOException | UnsupportedOperationException e) {
            delete(file);
            throw e;
        }
    }

    private static Browser start(
            Desktop desktop, List<String> command, Path file, Duration patience)
            throws IOException {
        List<String> words = new ArrayList<>(command);
        words.set(0, desktop.program(command.getFirst()).orElseThrow().toString());
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().clear();
        builder.environment().putAll(desktop.environment());
        if (desktop.root()) {
            String become = desktop.program(SWITCH).orElseThrow().toString();
            words.addAll(0, List.of(become, "-u", desktop.owner().orElseThrow(), "--"));
            // What sudo does not hand on, and desktops look for their sockets in.
            builder.environment().put("XDG_RUNTIME_DIR", "/run/user/" + desktop.value("SUDO_UID"));
        }
        desktop.program(APART).ifPresent(apart -> words.addFirst(apart.toString()));
        builder.redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD);
        Process process = builder.start();
        try {
            boolean ended = process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
            if (ended && process.exitValue() != 0) {
                delete(file);
                return notOpened(command.getFirst() + " ended with status " + process.exitValue());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new Browser(
                file,
                "opened by "
                        + command.getFirst()
                        + "; if it finds no file, open the address above");
    }

    /// What came of it, as words for the user.
    String said() {
        return said;
    }

    private static void delete(@Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // It leads to a page that will soon be gone; the folder is emptied by the system.
        }
    }

    @Override
    public void close() {
        delete(file);
    }
}
