/** The examples of a shared emulator behind a balancer: the one of the compose file is run, that of Kubernetes is read. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json, text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { control } from '../../../contracts/control/endpoints.ts'
import { defaultLimits } from '../../../emulator/network/limits.ts'
import { type Running, runCommand, startCommand } from '../../support/command.ts'
import { database } from './databases.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8')
}

const haproxy = '/usr/sbin/haproxy'

/** The balancer of the compose file on a socket, with these replicas in place of those that Docker's DNS names. */
async function startHaproxy(replicas: readonly Running[]): Promise<string> {
  const compose = z.object({
    configs: z.object({ haproxy: z.object({ content: z.string() }) }),
  })
  const { content } = compose.parse(parse(read('docker-compose.yml'))).configs.haproxy
  const folder = await mkdtemp(join(tmpdir(), 'haproxy-'))
  open.push(() => rm(folder, { recursive: true, force: true }))
  const socket = join(folder, 'balancer.sock')
  const template =
    /^ *server-template replica 2 replica:7788 (.*) resolvers docker init-addr none$/m
  expect(content).toMatch(template)
  const settings = content
    .replace('bind :7788', `bind unix@${socket}`)
    .replace(/^resolvers docker\n.*\n/m, '')
    .replace(template, (_, checks: string) =>
      replicas
        .map(({ ready }, index) => `  server replica${index} ${new URL(ready.url).host} ${checks}`)
        .join('\n'),
    )
  const file = join(folder, 'haproxy.cfg')
  await writeFile(file, settings)
  const child = spawn(haproxy, ['-f', file, '-db'], { stdio: ['ignore', 'ignore', 'pipe'] })
  open.push(async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  })
  const said = text(child.stderr)
  child.once('exit', async (code) => code && console.error(await said))
  return socket
}

test('the balancer of the compose file loses no request while a replica ends', async ({ skip }) => {
  if (!existsSync(haproxy)) return skip('there is no haproxy here')
  const state = await database(skip)
  const started = async (): Promise<Running> => {
    const running = await startCommand(['--state', state, '--shared', '--drain', '3'], {
      env: { ACCESS_EMULATOR_ADMIN_TOKEN: token },
    })
    open.push(() => running.stop('SIGKILL'))
    return running
  }
  const replicas = [await started(), await started()]
  const socketPath = await startHaproxy(replicas)
  const agent = new Agent({ keepAlive: true })
  open.push(() => agent.destroy())
  const ask = async (method: string, path: string, sent?: unknown) => {
    const headers = {
      host: 'localhost',
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
    }
    const asked = request({ socketPath, agent, method, path, headers })
    asked.end(sent === undefined ? undefined : JSON.stringify(sent))
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    return { status: answer.statusCode, body: await json(answer) }
  }
  // HAProxy has both once it has checked them.
  const isUp = () => ask('GET', '/__access/health').then(({ status }) => status === 200)
  while (!(await isUp().catch(() => false)));
  expect((await ask('GET', '/__access/ready')).body).toEqual({ ready: true })

  let isOver = false
  const statuses: (number | undefined)[] = []
  const client = async (number: number) => {
    for (let count = 1; !isOver; count += 1) {
      const name = `Account ${number} ${count}`
      statuses.push((await ask('POST', '/__access/accounts', { name })).status)
      statuses.push((await ask('GET', '/__access/clock')).status)
    }
  }
  const clients = [1, 2].map(client)
  expect(await replicas[0]?.stop('SIGTERM')).toBe(0)
  const before = statuses.length
  while (statuses.length < before + 10) await ask('GET', '/__access/clock')
  isOver = true
  await Promise.all(clients)
  expect(statuses.filter((status) => status !== 200)).toEqual([])
}, 120_000)

const token = 'admin-token-of-this-test'

describe('docs/examples/kubernetes/emulator.yaml', () => {
  const documents = parseAllDocuments(read('docs/examples/kubernetes/emulator.yaml'))
  const probe = z.object({
    httpGet: z.object({
      path: z.string(),
      port: z.literal('http'),
      httpHeaders: z.array(z.object({ name: z.literal('Host'), value: z.literal('localhost') })),
    }),
  })
  const container = z.object({
    env: z.array(
      z.strictObject({
        name: z.string(),
        value: z.string().optional(),
        valueFrom: z.object({ secretKeyRef: z.object({ name: z.string() }) }).optional(),
      }),
    ),
    readinessProbe: probe,
    livenessProbe: probe,
    securityContext: z.object({ readOnlyRootFilesystem: z.literal(true) }),
  })
  const deployment = z.object({
    kind: z.literal('Deployment'),
    spec: z.object({
      template: z.object({
        metadata: z.object({ labels: z.object({ app: z.string() }) }),
        spec: z.object({
          terminationGracePeriodSeconds: z.number(),
          containers: z.tuple([container]),
        }),
      }),
    }),
  })

  test('is YAML, and selects its own pods', () => {
    expect(documents.flatMap(({ errors }) => errors)).toEqual([])
    const { labels } = deployment.parse(documents[0]?.toJS()).spec.template.metadata
    const [, service, budget] = documents.map((each) => each.toJS())
    expect(service.spec.selector).toEqual(labels)
    expect(budget.spec.selector.matchLabels).toEqual(labels)
  })

  test('has variables that there are, no secret, probes that are served, and time to drain', async () => {
    const { containers, terminationGracePeriodSeconds: grace } = deployment.parse(
      documents[0]?.toJS(),
    ).spec.template.spec
    const [{ env, readinessProbe, livenessProbe }] = containers
    const { stdout } = await runCommand(['start', '--help'])
    const known: readonly string[] = stdout.match(/ACCESS_EMULATOR_\w+/g) ?? []
    expect(env.filter(({ name }) => !known.includes(name))).toEqual([])
    const secret = env.filter(({ name }) => /STATE|TOKEN/.test(name))
    expect(secret.map(({ value, valueFrom }) => value ?? valueFrom?.secretKeyRef.name)).toEqual([
      'access-emulator',
      'access-emulator',
    ])
    expect(readinessProbe.httpGet.path).toBe(control.ready.path)
    expect(livenessProbe.httpGet.path).toBe(control.health.path)
    const drain = Number(env.find(({ name }) => name.endsWith('_DRAIN'))?.value)
    expect(grace).toBeGreaterThan(drain + defaultLimits.drainMs / 1000)
  })
})
