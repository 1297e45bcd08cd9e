package io.fullnat.core.stack;

/// How many ICMP errors and TCP resets a worker may send (RFC 1812 §4.3.2.8): a bucket of [#BURST],
/// filled with [#PER_SECOND].
public final class ErrorLimiter {
    /// Answers a second.
    public static final int PER_SECOND = 1000;

    /// Answers at once.
    public static final int BURST = 200;

    private static final long NS_PER_ANSWER = 1_000_000_000L / PER_SECOND;

    private long creditNs = BURST * NS_PER_ANSWER;
    private long lastNs;

    /// A full bucket.
    ///
    /// @param nowNs the present time
    public ErrorLimiter(long nowNs) {
        lastNs = nowNs;
    }

    /// Takes one answer out of the bucket.
    ///
    /// @param nowNs the present time
    /// @return false if it is empty
    public boolean tryTake(long nowNs) {
        creditNs = Math.min(BURST * NS_PER_ANSWER, creditNs + (nowNs - lastNs));
        lastNs = nowNs;
        if (creditNs < NS_PER_ANSWER) {
            return false;
        }
        creditNs -= NS_PER_ANSWER;
        return true;
    }
}
