/** A wrong option; the message tells the user what to write instead. */
export class OptionProblem extends Error {}
