// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import java.io.IOError;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.InputFlag;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.terminal.TerminalBuilder.SystemOutput;
import org.jline.utils.InfoCmp;

/// The screen of a terminal. What it is told are the control sequences of ECMA-48 and three modes
/// of xterm that all others know: its second page, so that what was on the first one comes back, no
/// cursor, and no new row at the right edge. Only rows that have changed are written, in one write,
/// so that nothing flickers.
final class TerminalScreen implements Screen {
    private static final String CSI = "\u001b[";
    private static final String BEGIN = CSI + "?1049h" + CSI + "?25l" + CSI + "?7l";
    private static final String END = CSI + "0m" + CSI + "?7h" + CSI + "?25h" + CSI + "?1049l";
    private static final String CLEAR = CSI + "H" + CSI + "2J";
    private static final String CLEAR_ROW = CSI + "K";
    private static final String NORMAL = CSI + "0m";

    private static final String TYPE = "fullnat";
    private static final long WAIT_MILLIS = 1000;

    /// What is taken for the size of one that does not tell, as a serial line.
    private static final Frame.Size USUAL = new Frame.Size(24, 80);

    /// What JLine would tell of terminals that go away has no place on a screen. Held here: a level
    /// is forgotten with its logger.
    private static final Logger JLINE = Logger.getLogger("org.jline");

    static {
        JLINE.setLevel(Level.OFF);
    }

    private final Terminal terminal;
    private final OutputStream out;
    private final Object lock = new Object();
    private final Attributes found;
    private final boolean colours;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Thread atEnd = new Thread(this::restore, "terminal");
    private List<Line> shown = new ArrayList<>();
    private Frame.Size drawn = new Frame.Size(0, 0);

    /// Takes a terminal over.
    ///
    /// @param out to the terminal. Not that of JLine, which closes it in a hook of its own while
    ///   the terminal is still to be given back
    /// @param colours whether there are to be any
    TerminalScreen(Terminal terminal, OutputStream out, boolean colours) {
        this.terminal = terminal;
        this.out = out;
        this.colours = colours;
        found = terminal.getAttributes();
        Runtime.getRuntime().addShutdownHook(atEnd);
        Attributes raw = new Attributes(found);
        // Keys come one by one and are not shown; Ctrl-C, Ctrl-Z and Ctrl-S are keys as well, so
        // that nothing stops a process that holds the terminal.
        raw.setLocalFlags(
                EnumSet.of(LocalFlag.ICANON, LocalFlag.ECHO, LocalFlag.ISIG, LocalFlag.IEXTEN),
                false);
        raw.setInputFlags(EnumSet.of(InputFlag.IXON, InputFlag.ICRNL, InputFlag.INLCR), false);
        raw.setControlChar(Attributes.ControlChar.VMIN, 1);
        raw.setControlChar(Attributes.ControlChar.VTIME, 0);
        terminal.setAttributes(raw);
        write(BEGIN);
    }

    /// @return false if it could not be written
    private boolean write(String text) {
        try {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /// The terminal that this process has, if its input and output are one.
    ///
    /// @param environment says by `TERM` that a terminal obeys nothing
    /// @return empty if one of them is something else
    static Optional<Terminal> ofProcess(Map<String, String> environment) {
        String type = environment.getOrDefault("TERM", "");
        if (type.isEmpty() || type.equals("dumb")) {
            return Optional.empty();
        }
        try {
            // JLine would start `infocmp` to learn of the type what nobody asks for here. So it is
            // no matter whether terminfo knows the type that there is.
            InfoCmp.setDefaultInfoCmp(TYPE, TYPE + ",\n\tam,\n");
            return Optional.of(
                    TerminalBuilder.builder()
                            .system(true)
                            .systemOutput(SystemOutput.SysOut)
                            .provider(TerminalBuilder.PROP_PROVIDER_FFM)
                            .type(TYPE)
                            .dumb(false)
                            .graphemeCluster(false)
                            .nativeSignals(false)
                            .encoding(StandardCharsets.UTF_8)
                            .build());
        } catch (IOException | IllegalStateException e) {
            return Optional.empty();
        }
    }

    /// Whether the environment wants colours: <https://no-color.org>.
    static boolean colours(Map<String, String> environment) {
        return environment.getOrDefault("NO_COLOR", "").isEmpty();
    }

    /// Tells of another size.
    void onResize(Runnable told) {
        terminal.handle(Terminal.Signal.WINCH, signal -> told.run());
    }

    /// What is typed.
    KeyReader keys() {
        return new KeyReader(this::read);
    }

    /// Never waits for long: a wait without a limit holds what closing the terminal needs.
    private int read(long millis) throws IOException {
        if (millis > 0) {
            return terminal.reader().read(millis);
        }
        int read = KeyReader.Input.EXPIRED;
        while (read == KeyReader.Input.EXPIRED && !closed.get()) {
            read = terminal.reader().read(WAIT_MILLIS);
        }
        return read;
    }

    @Override
    public Frame.Size size() {
        Size size = terminal.getSize();
        return size.getRows() < 1 || size.getColumns() < 1
                ? USUAL
                : new Frame.Size(size.getRows(), size.getColumns());
    }

    @Override
    public boolean draw(List<Line> lines) {
        StringBuilder text = new StringBuilder();
        Frame.Size now = size();
        if (!now.equals(drawn)) {
            forget();
        }
        if (shown.isEmpty()) {
            text.append(CLEAR);
        }
        for (int row = 0; row < lines.size(); row++) {
            Line line = lines.get(row);
            if (row < shown.size() && line.equals(shown.get(row))) {
                continue;
            }
            // Cleared before it is written: afterwards a row as wide as the terminal would lose
            // its last character.
            text.append(CSI).append(row + 1).append(";1H").append(CLEAR_ROW);
            line.spans().forEach(span -> span(text, span));
        }
        shown = new ArrayList<>(lines);
        drawn = now;
        synchronized (lock) {
            return !closed.get() && (text.isEmpty() || write(text.toString()));
        }
    }

    private void span(StringBuilder text, Line.Span span) {
        String rendition = span.style().rendition(colours);
        if (rendition.isEmpty()) {
            text.append(span.text());
        } else {
            text.append(CSI).append(rendition).append('m').append(span.text()).append(NORMAL);
        }
    }

    @Override
    public void forget() {
        shown = new ArrayList<>();
    }

    @Override
    public void close() {
        restore();
        try {
            Runtime.getRuntime().removeShutdownHook(atEnd);
        } catch (IllegalStateException e) {
            // the process ends already
        }
        try {
            terminal.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What is drawn meanwhile comes before it, what would be drawn afterwards is not.
    private void restore() {
        synchronized (lock) {
            if (closed.compareAndSet(false, true)) {
                write(END);
                try {
                    terminal.setAttributes(found);
                } catch (IllegalStateException | IOError e) {
                    // JLine has closed it in its own hook, and set them so before.
                }
            }
        }
    }
}
