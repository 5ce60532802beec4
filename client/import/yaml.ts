/** The YAML writer, in a file of its own: a bundle that loads a CommonJS package late sees only its default export. */
export { stringify } from 'yaml'
