// SPDX-License-Identifier: Apache-2.0
// What passes a second, made of two answers of the overview. A counter that is less than before has begun again:
// then there is no rate, rather than a wrong one.

const KEPT = 150;

/** How much a counter grew, or null if that cannot be known. */
export function grown(before, now) {
  return before === undefined || now === undefined || now < before ? null : now - before;
}

export class Rates {
  before = null;
  now = null;
  history = [];

  /** Takes an answer; says whether the balancer was started anew. */
  accept(answer) {
    const restarted = this.now !== null && this.now.startedAt !== answer.startedAt;
    if (restarted) {
      this.history = [];
    }
    this.before = restarted ? null : this.now;
    this.now = answer;
    const totals = answer.totals.rates;
    this.history.push({
      time: answer.time / 1000,
      connections: totals.connections,
      packets: totals.inPackets + totals.outPackets,
      inBytes: totals.inBytes,
      outBytes: totals.outBytes,
    });
    if (this.history.length > KEPT) {
      this.history.shift();
    }
    return restarted;
  }

  /** Completes the newest entry. */
  note(name, value) {
    this.history[this.history.length - 1][name] = value;
  }

  /** Nanoseconds between the last two answers; 0 if there is but one. */
  get nanos() {
    return this.before === null ? 0 : this.now.monotonicNanos - this.before.monotonicNanos;
  }

  /** A second, of a counter that a function finds in an answer. */
  rate(find) {
    const nanos = this.nanos;
    if (nanos <= 0) {
      return null;
    }
    const more = grown(find(this.before), find(this.now));
    return more === null ? null : (more * 1e9) / nanos;
  }

  /** Packets of some outcomes together; those without a rate count for nothing. */
  sum(outcomes) {
    if (this.nanos <= 0) {
      return null;
    }
    return outcomes.reduce((all, name) => all + (this.rate((answer) => answer.outcomes[name]) ?? 0), 0);
  }
}
