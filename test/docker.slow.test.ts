/** The container files, parsed without a Docker engine, with assertions on what keeps a container safe. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { defaultLimits } from '../emulator/network/limits.ts'
import { runCommand } from './support/command.ts'

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8')
}

interface Instruction {
  readonly word: string
  readonly rest: string
}

/** Instructions in order, continued lines joined, comments left out. */
function instructions(dockerfile: string): Instruction[] {
  return dockerfile
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [word = '', ...rest] = line.split(' ')
      return { word, rest: rest.join(' ').trim() }
    })
}

const known = ['ARG', 'FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'VOLUME', 'USER', 'EXPOSE']
const knownOnce = ['HEALTHCHECK', 'ENTRYPOINT', 'CMD']

describe('Dockerfile', () => {
  const all = instructions(read('emulator/Dockerfile'))
  const last = all.findLastIndex(({ word }) => word === 'FROM')
  const build = all.slice(0, last)
  const image = all.slice(last)
  const inImage = (word: string) => image.filter((line) => line.word === word).map((l) => l.rest)

  test('every line is an instruction', () => {
    expect(all.filter(({ word }) => ![...known, ...knownOnce].includes(word))).toEqual([])
    for (const word of knownOnce) expect(inImage(word)).toHaveLength(1)
  })

  test('the image is a second stage that takes the bundle and the packages of production alone', () => {
    expect(build).toContainEqual({ word: 'ARG', rest: 'BASE=node:20-slim' })
    expect(build).toContainEqual({
      word: 'RUN',
      rest: 'node build.mjs && npm prune --omit=dev --ignore-scripts',
    })
    expect(inImage('FROM')).toEqual([['$', '{BASE}'].join('')])
    expect(inImage('COPY')).toEqual([
      '--from=build /build/package.json ./',
      '--from=build /build/dist dist',
      '--from=build /build/node_modules node_modules',
    ])
  })

  test('packages are installed from the lockfile, without their scripts', () => {
    expect(build).toContainEqual({ word: 'RUN', rest: 'npm ci --ignore-scripts' })
  })

  test('it runs as a user without rights, and nothing after that line needs more', () => {
    expect(inImage('USER')).toEqual(['node'])
    const user = image.findIndex(({ word }) => word === 'USER')
    expect(image.slice(user).filter(({ word }) => word === 'RUN')).toEqual([])
  })

  describe('the health check', () => {
    const [check = ''] = inImage('HEALTHCHECK')
    const [, ...argv] = z.array(z.string()).parse(JSON.parse(check.slice(check.indexOf('['))))

    /** What the check says of a server at a free port, which answers health with `status`. */
    async function checkOf(status: number): Promise<number | null> {
      const server = createServer((request, response) => {
        response.writeHead(request.url === '/__access/health' ? status : 404).end()
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const address = z.object({ port: z.number() }).parse(server.address())
      const env = { ACCESS_EMULATOR_PORT: String(address.port) }
      const child = spawn(process.execPath, argv, { env, stdio: 'inherit' })
      const [code] = z.tuple([z.number().nullable(), z.unknown()]).parse(await once(child, 'exit'))
      server.close()
      return code
    }

    test.each([
      [200, 0],
      [503, 1],
    ])('on an answer of %d ends with %d', async (status, code) => {
      expect(await checkOf(status)).toBe(code)
    })

    test('asks at the port that is exposed', () => {
      expect(inImage('EXPOSE')).toEqual(['7788'])
      expect(inImage('ENV').join(' ')).toContain('ACCESS_EMULATOR_PORT=7788')
    })
  })

  test('the emulator is the first process, so that SIGTERM reaches it', () => {
    expect(inImage('ENTRYPOINT')).toEqual(['["node", "/app/dist/access-emulator.js"]'])
    expect(inImage('CMD')).toEqual(['["start"]'])
  })

  test('every folder that it copies passes the ignore file', () => {
    const ignore = read('emulator/Dockerfile.dockerignore').trim().split('\n')
    expect(ignore[0]).toBe('*')
    const copied = build
      .filter(({ word }) => word === 'COPY')
      .flatMap(({ rest }) => rest.split(' ').slice(0, -1))
    expect(copied.length).toBeGreaterThan(0)
    for (const name of copied) expect(ignore).toContain(`!${name}`)
  })
})

/** What a service of the profile `shared` has in common with the others; ports only where declared. */
const ofShared = {
  profiles: z.tuple([z.literal('shared')]),
  networks: z.array(z.string()),
}

describe('docker-compose.yml', () => {
  const compose = z.strictObject({
    services: z.strictObject({
      'access-emulator': z.strictObject({
        build: z.strictObject({ context: z.literal('.'), dockerfile: z.string() }),
        image: z.string(),
        init: z.literal(true),
        ports: z.array(z.string()),
        environment: z.record(z.string(), z.string().nullable()),
        read_only: z.boolean(),
        tmpfs: z.array(z.string()),
        volumes: z.array(z.string()),
        cap_drop: z.array(z.string()),
        security_opt: z.array(z.string()),
      }),
      balancer: z.looseObject({ ports: z.array(z.string()), ...ofShared }),
      replica: z.looseObject({
        ...ofShared,
        environment: z.record(z.string(), z.string().nullable()),
        deploy: z.strictObject({ replicas: z.literal(2) }),
        stop_grace_period: z.string().regex(/^\d+s$/),
      }),
      postgres: z.looseObject(ofShared),
    }),
    configs: z.strictObject({ haproxy: z.strictObject({ content: z.string() }) }),
    networks: z.record(z.string(), z.nullable(z.strictObject({ internal: z.literal(true) }))),
    volumes: z.record(z.string(), z.null()),
  })
  const parsed = compose.parse(parse(read('docker-compose.yml')))
  const service = parsed.services['access-emulator']

  test('the port is open on loopback alone', () => {
    expect(service.ports).toEqual(['127.0.0.1:7788:7788'])
  })

  test('the root file system is read-only, and only /tmp and the state volume can be written', () => {
    expect(service.read_only).toBe(true)
    expect(service.tmpfs).toEqual(['/tmp'])
    expect(service.volumes).toEqual(['state:/state'])
    expect(parsed.volumes).toEqual({ state: null, postgres: null })
  })

  test('it has no capabilities and cannot gain any', () => {
    expect(service.cap_drop).toEqual(['ALL'])
    expect(service.security_opt).toEqual(['no-new-privileges:true'])
  })

  test('it listens beyond loopback, and publishes no admin token that everyone knows', () => {
    expect(service.environment.ACCESS_EMULATOR_HOST).toBe('0.0.0.0')
    expect(service.environment.ACCESS_EMULATOR_ADMIN_TOKEN).toBeNull()
    expect(service.environment.ACCESS_EMULATOR_ADMIN_TOKEN_FILE).toBeNull()
    for (const path of ['docker-compose.yml', 'emulator/Dockerfile', 'README.md']) {
      expect(read(path)).not.toMatch(/ADMIN_TOKEN[^\n]*:-|local-admin-token/)
    }
  })

  test('each flag has its variable, and state is kept only when asked', () => {
    const flags = ['PORT', 'HOST', 'PROFILE', 'SEED', 'AT', 'ENTROPY', 'ORIGIN', 'STATE']
    const names = [...flags, 'ADMIN_TOKEN', 'ADMIN_TOKEN_FILE', 'API_HOST'].map(
      (flag) => `ACCESS_EMULATOR_${flag}`,
    )
    expect(Object.keys(service.environment).sort()).toEqual(names.sort())
    expect(service.environment.ACCESS_EMULATOR_STATE).toBeNull()
  })

  test('it builds the Dockerfile of the emulator', () => {
    expect(read(service.build.dockerfile)).toContain('BASE=node:20-slim')
  })
  describe('the profile shared', () => {
    const { balancer, replica, postgres } = parsed.services

    test('opens one port, on loopback, and shuts Postgres in with the replicas', () => {
      expect(balancer.ports).toEqual(['127.0.0.1:7788:7788'])
      expect([replica, postgres].filter((each) => 'ports' in each)).toEqual([])
      expect(postgres.networks).toEqual(['storage'])
      expect(parsed.networks).toEqual({ default: null, storage: { internal: true } })
    })

    test('the replicas are shared, have their state in Postgres, and no token that everyone knows', async () => {
      expect(replica.environment).toMatchObject({
        ACCESS_EMULATOR_SHARED: '1',
        ACCESS_EMULATOR_STATE: 'postgres://access@postgres/access',
        ACCESS_EMULATOR_ADMIN_TOKEN: null,
      })
      const { stdout } = await runCommand(['start', '--help'])
      const known = stdout.match(/ACCESS_EMULATOR_\w+/g)
      const used = Object.keys(replica.environment).filter((name) => name !== 'XDG_STATE_HOME')
      expect(used.filter((name) => known?.includes(name) !== true)).toEqual([])
    })

    test('it waits for what is in progress before it kills', () => {
      const grace = Number(replica.stop_grace_period.slice(0, -1))
      const drain = Number(replica.environment.ACCESS_EMULATOR_DRAIN)
      expect(grace).toBeGreaterThan(drain + defaultLimits.drainMs / 1000)
    })
  })
})
