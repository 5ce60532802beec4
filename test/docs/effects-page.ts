/** The page of effects: what the edge answers before and after something is set through the API. */
import { byCurl, type Effect } from '../effects/table.ts'
import { byChromium, bySshKeygen } from '../effects/table-of-programs.ts'
import { generated, table } from './markdown.ts'

export function effectsPage(): string {
  return `${generated}

# Effects

What is set through the API, and what the edge answers before and after. Each row is proven by the test of its table, which
names it: \`npx vitest run test/effects -t 'a revoked user'\`. A test without its program prints why it did not run.
The [evidence register](evidence/README.md) says for each answer how we know that Cloudflare gives it; the look of pages is
the emulator's own.

## Asked by curl

Over TLS, with a client certificate where the row says so (\`test/effects/curl.slow.test.ts\`).

${rows(byCurl)}

## Seen in Chromium

By a person who signs in, one row after another (\`test/effects/chromium.slow.test.ts\`).

${rows(byChromium)}

## Verified by ssh-keygen

As an SSH server would (\`test/effects/ssh-keygen.test.ts\`).

${rows(bySshKeygen)}
`
}

function rows(effects: Readonly<Record<string, Effect>>): string {
  return table(
    ['Effect', 'What is set', 'What is asked', 'Before', 'After'],
    Object.entries(effects).map(([name, { set, asked, before, after }]) => [
      /^[a-z_\d]+_[a-z_\d]+$/.test(name) ? `\`${name}\`` : name,
      set,
      asked,
      before,
      after,
    ]),
  )
}
