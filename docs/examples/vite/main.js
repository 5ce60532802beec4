import { greeting } from './greeting.js'

// Access answers this path itself, on every host behind it.
const answer = await fetch('/cdn-cgi/access/get-identity')
const { email } = await answer.json()

function show(text) {
  document.querySelector('h1').textContent = text
  document.querySelector('p').textContent = `You are ${email}.`
}
show(greeting)
import.meta.hot?.accept('./greeting.js', (changed) => show(changed.greeting))
