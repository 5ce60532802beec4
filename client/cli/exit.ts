/** The exit codes of `token` and `fetch`. */
export const exit = { done: 0, refused: 1, couldNotRun: 2, headersOnly: 3 } as const

export const exitCodes = `
Exit codes: 0 done, 1 refused, 2 could not run, 3 (token) the pair opens the URL but no token is issued.`
