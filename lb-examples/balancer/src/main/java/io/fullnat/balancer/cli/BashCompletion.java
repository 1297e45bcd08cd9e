// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

/// A completion script for bash. It reads the line itself, as bash parts words at colons, which are
/// in most addresses, and it leaves bash's setting of that as it is.
final class BashCompletion {
    private BashCompletion() {}

    static String script() {
        StringBuilder cases = new StringBuilder();
        CompletionWords.table()
                .forEach((path, words) ->
                        cases.append("        \"")
                                .append(path)
                                .append("\") words=\"")
                                .append(String.join(" ", words))
                                .append("\" ;;\n"));
        return """
        # Completion of fullnat, and of ipvsadm and dpip, for bash. Use: source <(fullnat completion bash)

        # What a running balancer has: the expression picks it from lines that restore it.
        _fullnat_known() {
            fullnat ipvsadm -Sn 2>/dev/null | sed -n "$1"
        }

        _fullnat() {
            local line="${COMP_LINE:0:COMP_POINT}" current="" path previous words="" named=2
            local -a typed
            read -ra typed <<<"$line"
            if [[ "$line" != *[[:space:]] ]]; then
                current="${typed[${#typed[@]} - 1]}"
                unset "typed[${#typed[@]} - 1]"
            fi
            case "${typed[0]##*/}" in
                ipvsadm|dpip) typed=(fullnat "${typed[0]##*/}" "${typed[@]:1}") ;;
            esac
            if [ "${typed[1]}" = --socket ]; then
                typed=(fullnat "${typed[@]:3}")
            fi
            case "${typed[1]}" in
                ipvsadm|counters|trace|top) named=1 ;;
                dpip) named=3 ;;
            esac
            path="${typed[*]:1:named}"
            case "$path" in
        """
                + cases
                + """
                    esac
                    previous="${typed[${#typed[@]} - 1]}"
                    case "$previous" in
                        -t|--tcp-service|tcp) words="$(_fullnat_known 's/^-A -t \\([^ ]*\\).*/\\1/p')" ;;
                        -u|--udp-service|udp) words="$(_fullnat_known 's/^-A -u \\([^ ]*\\).*/\\1/p')" ;;
                        -r|--real-server) words="$(_fullnat_known 's/^-a .* -r \\([^ ]*\\).*/\\1/p' | sort -u)" ;;
                    esac
                    COMPREPLY=($(compgen -W "$words" -- "$current"))
                    # bash replaces what follows the last colon only.
                    if [[ "$current" == *:* && "$COMP_WORDBREAKS" == *:* ]]; then
                        COMPREPLY=("${COMPREPLY[@]#"${current%"${current##*:}"}"}")
                    fi
                }
                complete -o default -F _fullnat fullnat ipvsadm dpip
                """;
    }
}
