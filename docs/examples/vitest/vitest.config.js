/** Its own, or Vitest would take that of the repository above. */
export default {}
