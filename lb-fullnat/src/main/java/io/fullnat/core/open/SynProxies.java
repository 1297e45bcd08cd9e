// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.api.io.Memory;
import io.fullnat.api.service.CookieSecrets;
import io.fullnat.core.cookie.CookieTerms;
import io.fullnat.core.cookie.SynCookies;
import io.fullnat.core.limit.ConnectionCounts;
import io.fullnat.core.limit.Limits;
import io.fullnat.core.limit.SynProxyStates;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ProxiedSyns;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.stack.StackContext;

/// One worker's part in SYN proxies: makes and checks cookies, sees when a service has so many
/// half-open connections that its own goes on, and counts for it. Keeps nothing of any SYN.
///
/// For the worker's thread; what is counted may be read by others.
public final class SynProxies implements AutoCloseable {
    private static final int NS_PER_MS = 1_000_000;

    // Of a service: SYNs that were answered, and cookies that were acknowledged.
    private static final int ANSWERED = 0;
    private static final int ACKNOWLEDGED = 8;
    private static final int LENGTH = 16;

    private final StackContext stack;
    private final SynProxyStates states;
    private final ConnectionCounts halfOpen;
    private final SynCookies cookies;
    private final CookieTerms terms = new CookieTerms();
    private final Region counts;
    private CookieSecrets secrets;
    private int readAt = -1;
    private long unixSeconds;

    SynProxies(StackContext stack, Limits shared, int services) {
        this.stack = stack;
        states = shared.synProxies();
        halfOpen = shared.halfOpen();
        secrets = states.secrets();
        cookies = new SynCookies(secrets);
        counts = Region.allocateSparse((long) services * LENGTH, "cookies of services");
    }

    /// Whether SYNs to a service are answered here now. Switches a service on that has too many
    /// half-open connections.
    ///
    /// @param service to which a SYN goes
    /// @param proxied its SYN proxy
    /// @return false if its real servers answer
    public boolean isActive(ServiceEntry service, ProxiedSyns proxied) {
        if (proxied.isAlways() || states.isOn(service.slot())) {
            return true;
        }
        if (halfOpen.count(service.slot()) < proxied.from()) {
            return false;
        }
        states.on(service.slot(), proxied.from());
        return true;
    }

    /// Says between whom the next segment is: of [#answer] or of [#check].
    ///
    /// @param fromHigh first half of the client's address
    /// @param fromLow last half
    /// @param toHigh first half of the service's
    /// @param toLow last half
    public void between(long fromHigh, long fromLow, long toHigh, long toLow) {
        cookies.between(fromHigh, fromLow, toHigh, toLow);
    }

    /// Makes the cookie for a SYN.
    ///
    /// @param l4 header of the SYN
    /// @param service to which it goes
    /// @param proxied its SYN proxy
    /// @return writes the answer
    public SynCookies answer(long l4, ServiceEntry service, ProxiedSyns proxied) {
        keepUp();
        cookies.answer(l4, proxied.offer(), unixSeconds, stack.nowNs() / NS_PER_MS);
        count(service.slot(), ANSWERED);
        return cookies;
    }

    /// Whether an acknowledgement acknowledges a cookie of the service; [#terms()] is what that has
    /// promised.
    ///
    /// @param l4 header of the segment
    /// @param proxied the SYN proxy of its service
    /// @return false if it was made up, is too old, or belongs to a connection that was lost
    public boolean check(long l4, ProxiedSyns proxied) {
        int flags = Tcp.flags(l4);
        if ((flags & (Tcp.SYN | Tcp.RST | Tcp.ACK)) != Tcp.ACK) {
            return false;
        }
        keepUp();
        return cookies.check(l4, proxied.offer(), unixSeconds, terms);
    }

    /// What the cookie that was checked last has promised.
    ///
    /// @return good until the next check
    public CookieTerms terms() {
        return terms;
    }

    /// Counts a client that has acknowledged a cookie, by which its connection has begun: what is
    /// refused can be sent again and again, and would hide a flood.
    ///
    /// @param service its slot
    public void acknowledged(int service) {
        count(service, ACKNOWLEDGED);
    }

    private void count(int slot, int what) {
        long at = counts.address() + (long) slot * LENGTH + what;
        Memory.putLongRelease(at, Memory.getLong(at) + 1);
    }

    /// SYNs of a service that were answered and whose cookies were not acknowledged. Any thread.
    ///
    /// @param slot of the service
    /// @return since the start, the slot's former services included; not more than a few too many
    public long unacknowledged(int slot) {
        long at = counts.address() + (long) slot * LENGTH;
        long acknowledged = Memory.getLongAcquire(at + ACKNOWLEDGED);
        return Memory.getLongAcquire(at + ANSWERED) - acknowledged;
    }

    /// Reads the time and looks for other secrets, once a second: asking the system costs more than
    /// a cookie.
    private void keepUp() {
        if (readAt == stack.nowSeconds()) {
            return;
        }
        readAt = stack.nowSeconds();
        unixSeconds = states.unixSeconds();
        CookieSecrets said = states.secrets();
        boolean others = !said.equals(secrets);
        secrets = said; // an equal list is compared once: the same one is seen at a glance
        if (others) {
            cookies.use(said);
        }
    }

    @Override
    public void close() {
        counts.close();
    }
}
