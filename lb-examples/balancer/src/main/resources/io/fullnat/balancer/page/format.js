// SPDX-License-Identifier: Apache-2.0
// Figures as people read them.

const whole = new Intl.NumberFormat('en');
const STEPS = [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']];

/** All digits. */
export const count = (value) => whole.format(value);

function scaled(value, plain) {
  for (const [step, letter] of STEPS) {
    if (value >= step * 0.9995) {
      const number = value / step;
      return [number >= 99.95 ? number.toFixed(0) : number >= 9.995 ? number.toFixed(1) : number.toFixed(2), letter];
    }
  }
  return [value >= plain || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1), ''];
}

/** Three digits and a letter, all digits below 10,000. */
export function short(value) {
  if (value === null || value === undefined || Number.isNaN(value)) {
    return '–';
  }
  if (value < 9999.5) {
    return Number.isInteger(value) || value >= 99.95 ? whole.format(Math.round(value)) : value.toFixed(1);
  }
  return scaled(value, 100).join('');
}

/** Bytes a second as bits a second. */
export function bits(bytes) {
  if (bytes === null || bytes === undefined || Number.isNaN(bytes)) {
    return '–';
  }
  if (bytes === 0) {
    return '0';
  }
  const [number, letter] = scaled(bytes * 8, 1);
  return `${number} ${letter}bit/s`;
}

/** The same where it is said beside that it is bits a second. */
export const shortBits = (bytes) => (bytes === null || bytes === undefined ? '–' : short(bytes * 8));

export const percent = (value) => (value === null ? '–' : `${value >= 99.5 || value === 0 ? value.toFixed(0) : value < 10 ? value.toFixed(1) : value.toFixed(0)} %`);

/** A time that has passed, in its two largest units. */
export function duration(seconds) {
  const units = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  let left = Math.max(0, Math.floor(seconds));
  const words = [];
  for (const [size, name] of units) {
    if (words.length < 2 && (left >= size || (size === 1 && words.length === 0))) {
      words.push(`${Math.floor(left / size)} ${name}`);
      left %= size;
    }
  }
  return words.join(' ');
}

/** A short time in three digits; nothing is known of 0. */
export function micros(value) {
  if (!value) {
    return '–';
  }
  if (value < 1000) {
    return `${value} µs`;
  }
  const [number, unit] = value < 999500 ? [value / 1e3, 'ms'] : [value / 1e6, 's'];
  return `${number >= 99.95 ? number.toFixed(0) : number >= 9.995 ? number.toFixed(1) : number.toFixed(2)} ${unit}`;
}

/** The time of day. */
export const clock = (milliseconds) => new Date(milliseconds).toLocaleTimeString('en-GB');

/** A word of the API for people: NO_SERVICE becomes "no service". */
export const words = (name) => name.toLowerCase().replaceAll('_', ' ');

/** Marks of Markdown, which texts from the manual have, left out. */
export const plain = (markdown) => markdown.replaceAll('`', '');
