/** Without this file, Vitest would use the configuration of the repository above. */
export default {}
