/** A page for each failure mode and an index in `docs/modes/`, generated only from the catalogue. */
import { profiles } from '../../contracts/behaviours/table.ts'
import { modes } from '../../contracts/modes/catalogue.ts'
import {
  type Appearance,
  addressees,
  appearances,
  credentialKinds,
  type Discriminator,
  type Mode,
  type Observable,
  placeholders,
  type RequestRecipe,
} from '../../contracts/modes/mode.ts'
import { answerText } from '../../emulator/commands/mode-pages.ts'
import { code, generated, gradesList, type Page, table } from './markdown.ts'
import { sourceLinks } from './register.ts'

type Row = readonly [id: string, mode: Mode]
const rows: readonly Row[] = Object.entries(modes)
const classes = Object.keys(appearances) as Appearance[]
const ofClass = (look: Appearance) => rows.filter(([, { alike }]) => alike === look)

export function modePages(): readonly Page[] {
  return [
    { name: 'modes/README.md', text: indexPage() },
    ...rows.map((row) => ({ name: `modes/${row[0]}.md`, text: modePage(row) })),
  ]
}

const shownBy: Readonly<Record<Observable, string>> = {
  edge: 'requests from outside (these narrow it down to its look-alikes, at least)',
  api: 'reading the account with an API token',
  exchange: 'the failing request and its answer',
  browser: 'only the browser’s console or address bar',
}

function indexPage(): string {
  const sections = classes.map(
    (look) => `## ${upper(appearances[look])}

${table(
  ['Mode', 'What is wrong', 'Identified by'],
  ofClass(look).map(([id, { title, observable_with }]) => [
    link(id),
    title,
    observable_with.join(', '),
  ]),
)}`,
  )
  return `${generated}

# Failure modes (${rows.length})

Each mode is one way in which a request to Cloudflare Access fails, or succeeds when it should not. They are grouped by
what a client sees: the modes of one table look alike until something else tells them apart. Each can be set up in a
running emulator (\`npx access-emulator start\`) with one command and ended with another:

    npx access-emulator modes token-under-allow --set
    npx access-emulator modes token-under-allow --end

**Identified by** is what tells a mode from its look-alikes:

${Object.entries(shownBy)
  .map(([name, means]) => `- ${name}: ${means}`)
  .join('\n')}

${sections.join('\n\n')}
`
}

function modePage([id, mode]: Row): string {
  const {
    title,
    cause,
    request,
    answer,
    tell,
    discriminators: tells = [],
    fix,
    source,
    alike,
  } = mode
  const others = ofClass(alike).filter(([other]) => other !== id)
  return `${generated}

# ${title}

\`${id}\`

## Symptom

${upper(appearances[alike])}.

## Cause

${cause}

## Answer

The request is ${requestText(request)}.

${answersTable(answer)}

${evidenceNote(mode)}

## How to tell

${tell}
${tells.map(tellText).join('')}
Identified by: ${mode.observable_with.map((means) => shownBy[means]).join('; ')}.
${mode.browser === undefined ? '' : `\n## In the browser\n\n${mode.browser}\n`}
## What looks alike

${others.length === 0 ? 'Nothing else in this catalogue.' : others.map(([other, { title }]) => `- ${link(other)}: ${title}`).join('\n')}

## Fix

${fix}

## Reproduce

With a running emulator (\`npx access-emulator start\`):

    npx access-emulator modes ${id} --set

It prints the request to send and the answer to expect; \`--end\` instead of \`--set\` undoes everything.
${setupText(mode)}

Source: ${sourceLinks(source, '../evidence/')}.
`
}

function answersTable(answer: Mode['answer']): string {
  return table(
    ['Profile', 'Answer'],
    profiles.map((profile) => {
      const { note } = answer[profile]
      const told = answerText(answer[profile])
      return [code(profile), note === undefined ? told : `${told}; ${note}`]
    }),
  )
}

function tellText({ request, answer }: Discriminator): string {
  return `
By comparison, the answer to ${requestText(request)}:

${answersTable(answer)}
`
}

function requestText(sent: RequestRecipe): string {
  const { to = 'application', method = 'GET', path = '/', host, headers = {}, body } = sent
  const address = host === undefined ? addressees[to] : `https://${host}`
  const credentials = sent.credentials ?? (to === 'api' ? 'api token' : 'none')
  const fields = Object.entries(headers).map(([name, value]) => code(`${name}: ${value}`))
  const text = [
    `${code(`${method} ${address}${path}`)} ${credentials === 'none' ? 'without credentials' : `with ${credentialKinds[credentials]}`}`,
    ...fields,
    ...(body === undefined ? [] : [code(JSON.stringify(body))]),
  ].join(' and ')
  const followed = sent.redirect === 'follow' ? `${text}, by a client that follows redirects` : text
  const named = Object.entries(placeholders).filter(([name]) => text.includes(`{${name}}`))
  if (named.length === 0) return followed
  const meanings = named.map(([name, meaning]) => `${code(`{${name}}`)} is ${meaning}`)
  return `${followed} (${meanings.join(', ')})`
}

function setupText({ setup }: Mode): string {
  if (Object.keys(setup).length === 0) {
    return 'It sets up nothing special: the failure lies in the request, or in how its answer is read.'
  }
  return `What it sets up:

\`\`\`json
${JSON.stringify(setup, null, 2)}
\`\`\``
}

/** The grades that the page uses, explained as on the other pages. */
function evidenceNote({ answer, discriminators: tells = [] }: Mode): string {
  const used = [answer, ...tells.map((tell) => tell.answer)].flatMap((each) =>
    profiles.map((profile) => each[profile].evidence),
  )
  const lines = gradesList
    .split('\n')
    .filter((line) => used.some((grade) => line.includes(`\`${grade}\``)))
  return `The word in brackets says how we know:\n\n${lines.join('\n')}`
}

function link(id: string): string {
  return `[\`${id}\`](${id}.md)`
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
