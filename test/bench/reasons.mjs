/** Why a bar is missed, by the line's name: what a profile showed, and what was tried. Told only where it is missed. */

/** @type {Readonly<Record<string, string>>} */
export const reasons = {}
