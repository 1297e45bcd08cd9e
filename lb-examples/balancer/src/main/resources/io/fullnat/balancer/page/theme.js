// SPDX-License-Identifier: Apache-2.0
// Light, dark, or as the system says.
import { repaint } from './charts.js';
import { attribute, byId } from './dom.js';

const KEY = 'fullnat-theme';
const CHOICES = ['system', 'dark', 'light'];

function apply(choice) {
  attribute(document.documentElement, 'data-theme', choice === 'system' ? null : choice);
  byId('theme').textContent = `Theme: ${choice}`;
  repaint();
}

export function begin() {
  let choice = localStorage.getItem(KEY);
  choice = CHOICES.includes(choice) ? choice : 'system';
  apply(choice);
  byId('theme').addEventListener('click', () => {
    choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
    localStorage.setItem(KEY, choice);
    apply(choice);
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint);
}
