import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { runJob, workflow } from '../action/job.ts'
import { testPage } from './run-page.ts'

const gitlab = z.record(z.string(), z.object({ script: z.array(z.string()) }))
/** It reaches the registry, and the package is here already. */
const installs = (line: string | undefined) => line === 'npm ci'

testPage('guides/ci-with-a-service-token.md', {
  async afterwards({ folder, run }) {
    const read = async (file: string): Promise<unknown> =>
      parse(await readFile(join(folder, file), 'utf8'))

    const { jobs } = workflow.parse(await read('.github/workflows/access.yml'))
    const job = await mkdtemp(join(tmpdir(), 'job-'))
    onTestFinished(() => rm(job, { recursive: true }))
    await cp(folder, join(job, 'workspace'), {
      recursive: true,
      filter: (path) => !path.includes('node_modules'),
    })
    const steps = jobs.smoke?.steps.filter((step) => !installs(step.run)) ?? []
    const done = await runJob(steps, job)
    expect(done.steps.map(({ name, code }) => [name, code])).toEqual([
      ['OWNER/REPO/action@v0.1.0', 0],
      ['step 3', 0],
      ['post', 0],
    ])
    expect(done.steps[1]?.log).toContain('through Access\n')
    expect(done.summary).toContain('1 request, none refused')

    const { access } = gitlab.parse(await read('.gitlab-ci.yml'))
    const lines = access?.script.filter((line) => !installs(line)) ?? []
    const { code, printed } = await run(lines.join('\n'), '-e')
    expect({ code, printed }).toMatchObject({
      code: 0,
      printed: expect.stringContaining('through Access\n'),
    })
    expect(JSON.parse(await readFile(join(folder, 'refused.json'), 'utf8'))).toMatchObject({
      exit_code: 0,
      refused: 0,
    })
  },
})
