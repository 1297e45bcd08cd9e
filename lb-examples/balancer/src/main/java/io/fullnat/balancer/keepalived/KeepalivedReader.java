// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.keepalived;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.config.BoundedFile;
import io.fullnat.balancer.keepalived.Statement.Place;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads files as keepalived does: a statement a line, blocks in braces, comments after `!` or `#`,
/// `include` relative to the file that it stands in, `$NAME=` and `$NAME`. For one file, once.
final class KeepalivedReader {
    private static final int MAX_BYTES = 16 << 20;
    private static final int MAX_DEPTH = 32;
    private static final int MAX_TOKENS = 4_000_000;
    private static final String OPEN = "{";
    private static final String CLOSE = "}";
    private static final Pattern DEFINITION = Pattern.compile("\\s*\\$([A-Za-z_]\\w*)=(.*)");
    private static final Pattern REFERENCE =
            Pattern.compile("\\$(?:([A-Za-z_]\\w*)|\\{([A-Za-z_]\\w*)})");

    /// @param text a word, or a brace
    /// @param first whether it is the first one of its line
    /// @param brace whether it is one that was not quoted
    private record Token(Place place, String text, boolean first, boolean brace) {
        boolean is(String sign) {
            return brace && text.equals(sign);
        }
    }

    private final Findings findings;
    private final List<Token> tokens = new ArrayList<>();
    private final Map<String, String> definitions = new HashMap<>();
    private int next;

    KeepalivedReader(Findings findings) {
        this.findings = findings;
    }

    /// @throws BalancerException if a file cannot be read, or braces do not match
    List<Statement> read(Path file) {
        file(file, 0);
        List<Statement> statements = statements(0);
        if (next < tokens.size()) {
            throw wrong(tokens.get(next).place(), "a brace closes nothing");
        }
        return statements;
    }

    private void file(Path file, int depth) {
        byte[] bytes =
                BoundedFile.read(file, MAX_BYTES, "a configuration", ErrorCode.INVALID_ARGUMENT);
        int line = 0;
        for (String text : new String(bytes, StandardCharsets.UTF_8).split("\r?\n", -1)) {
            line(new Place(file, ++line), text, depth);
        }
    }

    private void line(Place place, String text, int depth) {
        Matcher definition = DEFINITION.matcher(text);
        if (definition.matches()) {
            definitions.put(definition.group(1), resolve(place, definition.group(2).strip()));
            return;
        }
        List<Token> words = words(place, resolve(place, text));
        if (words.isEmpty()) {
            return;
        }
        String first = words.getFirst().text();
        if (first.startsWith("@")) {
            findings.leftOut(
                    place,
                    "a line for "
                            + first
                            + " alone: what holds for some instances only is to be"
                            + " written by hand");
        } else if (Includes.KEYWORDS.contains(first)) {
            include(place, words, depth);
        } else {
            tokens.addAll(words);
            if (tokens.size() > MAX_TOKENS) {
                throw wrong(place, "more than " + MAX_TOKENS + " words");
            }
        }
    }

    private void include(Place place, List<Token> words, int depth) {
        if (words.size() != 2) {
            throw wrong(place, words.getFirst().text() + " takes the name of a file");
        }
        if (depth == MAX_DEPTH) {
            throw wrong(place, "files include each other, " + MAX_DEPTH + " deep");
        }
        String pattern = words.get(1).text();
        List<Path> files = Includes.files(place.file(), pattern);
        if (files.isEmpty()) {
            findings.differs(place, "no file is called " + pattern + ": nothing is included");
        }
        files.forEach(file -> file(file, depth + 1));
    }

    private String resolve(Place place, String text) {
        if (text.indexOf('$') < 0) {
            return text;
        }
        return REFERENCE
                .matcher(text)
                .replaceAll(match -> {
                    String name = match.group(1) == null ? match.group(2) : match.group(1);
                    String value = definitions.get(name);
                    if (value == null) {
                        findings.leftOut(place, "$" + name + " is not defined before");
                    }
                    return Matcher.quoteReplacement(value == null ? match.group() : value);
                });
    }

    private static List<Token> words(Place place, String line) {
        List<Token> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean quoted = false;
        boolean begun = false;
        for (int i = 0; i <= line.length(); i++) {
            char c = i < line.length() ? line.charAt(i) : '\n';
            boolean comment = !quoted && (c == '#' || c == '!');
            boolean brace = !quoted && (c == '{' || c == '}');
            if (c == '\n' || comment || brace || (!quoted && Character.isWhitespace(c))) {
                if (begun) {
                    words.add(new Token(place, word.toString(), words.isEmpty(), false));
                }
                word.setLength(0);
                begun = false;
            }
            if (comment) {
                break;
            } else if (brace) {
                words.add(new Token(place, String.valueOf(c), words.isEmpty(), true));
            } else if (c == '"') {
                quoted = !quoted;
                begun = true;
            } else if (c == '\\' && quoted && i + 1 < line.length()) {
                char escaped = line.charAt(++i);
                word.append(escaped == '"' || escaped == '\\' ? "" : "\\").append(escaped);
            } else if (quoted || !Character.isWhitespace(c)) {
                word.append(c);
                begun = true;
            }
        }
        return words;
    }

    private List<Statement> statements(int depth) {
        if (depth > MAX_DEPTH) {
            throw wrong(tokens.get(next).place(), "blocks " + MAX_DEPTH + " deep");
        }
        List<Statement> statements = new ArrayList<>();
        while (next < tokens.size() && !tokens.get(next).is(CLOSE)) {
            Token first = tokens.get(next);
            if (first.is(OPEN)) {
                throw wrong(first.place(), "a brace that nothing stands before");
            }
            List<String> words = new ArrayList<>();
            do {
                words.add(tokens.get(next++).text());
            } while (next < tokens.size()
                    && !tokens.get(next).brace()
                    && !tokens.get(next).first());
            List<Statement> block = List.of();
            if (next < tokens.size() && tokens.get(next).is(OPEN)) {
                Token open = tokens.get(next++);
                block = statements(depth + 1);
                if (next == tokens.size()) {
                    throw wrong(open.place(), "this brace is not closed");
                }
                next++;
            }
            statements.add(new Statement(first.place(), List.copyOf(words), block));
        }
        return statements;
    }

    static BalancerException wrong(Place place, String what) {
        return new BalancerException(ErrorCode.INVALID_CONFIGURATION, place + ": " + what);
    }
}
