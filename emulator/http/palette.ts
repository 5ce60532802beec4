/** The colours of every page that is the emulator's own: those of a login and those of the dashboard. */

/** Custom properties, light or dark as the browser prefers. Text on its ground has a contrast of 4.5 to 1 at least. */
export const palette = `:root{color-scheme:light dark;--ground:#f4f5f7;--paper:#fff;--ink:#222;--soft:#5b616b;--line:#d9dce1;--edge:#9aa0aa;--accent:#1f4fbf;--on-accent:#fff;--link:#1f4fbf;--good:#14683f;--bad:#b3261e;--turn:#7a5200;--note:#fff8e1;--note-edge:#b07d00}
@media(prefers-color-scheme:dark){:root{--ground:#14161a;--paper:#1d2026;--ink:#e6e8eb;--soft:#a3aab5;--line:#3a3f48;--edge:#69707c;--link:#8fb4ff;--good:#5fd39a;--bad:#ff9b90;--turn:#f3b94d;--note:#2a2411;--note-edge:#c79a2a}}`
