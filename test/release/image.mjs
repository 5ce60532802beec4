/**
 * Builds the image by the first builder that works here, runs it as compose does, and has the acceptance script enter:
 * `npm run image:try -- [--platform linux/arm64]`. What a place forbids is printed with its error; the rest is done without.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { debianBase } from './debian-base.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))
const published = 'node:20-slim'
const debian = 'localhost/access-emulator-base'
const tag = 'localhost/access-emulator:try'
const name = 'access-emulator-try'

const { values } = parseArgs({
  options: {
    platform: { type: 'string' },
    /** Ends with 3 where no builder with a base image is at hand, instead of getting one. */
    'at-hand': { type: 'boolean', default: false },
  },
})
const platform = values.platform === undefined ? [] : ['--platform', values.platform]

function run(program, args, options = {}) {
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    ...{ cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, timeout: 1_200_000 },
    ...options,
  })
  const said = `${stderr ?? ''}`.trim().split('\n').at(-1)
  return { ok: status === 0, stdout: `${stdout ?? ''}`.trim(), reason: error?.message ?? said }
}

function must(program, args, options) {
  const { ok, stdout, reason } = run(program, args, options)
  if (!ok) throw new Error(`${program} ${args.slice(0, 2).join(' ')}: ${reason}`)
  return stdout
}

/** How each builder says that it could build. */
const builders = {
  docker: ['version', '--format', '{{.Server.Version}}'],
  buildah: ['info'],
  podman: ['info'],
}

function builderHere() {
  for (const [program, args] of Object.entries(builders)) {
    const { ok, reason } = run(program, args)
    if (ok) return program
    console.log(`${program} is not used: ${reason}`)
  }
}

const has = (builder, image) => run(builder, ['inspect', '--type', 'image', image]).ok

/** The image that the Dockerfile starts from: Node's own, or, where no registry can be reached, one of Debian's packages. */
function baseFor(builder) {
  if (has(builder, published)) return published
  if (values['at-hand']) return has(builder, debian) ? debian : undefined
  const { ok, reason } = run(builder, ['pull', ...platform, `docker.io/library/${published}`])
  if (ok) return published
  console.log(`${published} is not used: ${reason}`)
  if (builder === 'buildah' && !has(builder, debian)) debianBase(debian, must)
  return has(builder, debian) ? debian : undefined
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** As docker-compose.yml runs it. */
const confined = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL']
const withoutNew = ['--security-opt', 'no-new-privileges']

function startContainer(program, port) {
  must(program, [
    ...['run', '--detach', '--name', name, ...platform, ...confined, ...withoutNew],
    ...['--publish', `127.0.0.1:${port}:7788`, tag],
  ])
  const status = ['inspect', '--format', '{{.State.Health.Status}}', name]
  return {
    isHealthy: () =>
      program === 'docker'
        ? run(program, status).stdout === 'healthy'
        : run(program, ['healthcheck', 'run', name]).ok,
    stop() {
      must(program, ['stop', '--time', '10', name])
      const code = must(program, ['inspect', '--format', '{{.State.ExitCode}}', name])
      must(program, ['rm', '--volumes', name])
      return Number(code)
    },
  }
}

/** Run by `sh`: enters the root file system $1, which is read-only but for /tmp, as user $2 of group $3, in the folder $4. */
const enter = `set -e
mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"; mount -t tmpfs tmpfs "$1/tmp"
place=$1 user=$2 group=$3 folder=$4; shift 4
exec chroot "$place" setpriv "--reuid=$user" "--regid=$group" --clear-groups --no-new-privs --bounding-set=-all \
  --inh-caps=-all env -i --chdir="$folder" "$@"`

/** What buildah built, without a container: the entry point of its root file system, as its user, with its variables. */
function startEntered(port) {
  const { OCIv1, Docker } = JSON.parse(must('buildah', ['inspect', '--type', 'image', tag]))
  const {
    WorkingDir: folder = '/',
    User: user,
    Entrypoint: entry,
    Cmd: args,
    Env: own,
  } = OCIv1.config
  const [, ...check] = Docker.config.Healthcheck.Test
  const container = must('buildah', ['from', tag])
  const place = must('buildah', ['mount', container])
  const ids = ['-u', '-g'].map((flag) => must('chroot', [place, 'id', flag, user]))
  const variables = [...own, `ACCESS_EMULATOR_PORT=${port}`, 'ACCESS_EMULATOR_HOST=127.0.0.1']
  const entering = (argv) => [
    ...['--mount', 'sh', '-c', enter, 'sh', place, ...ids, folder],
    ...[...variables, ...argv],
  ]
  const child = spawn('unshare', entering([...entry, ...args]), {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal))
  })
  return {
    isHealthy: () => run('unshare', entering(check)).ok,
    async stop() {
      child.kill('SIGTERM')
      const code = await ended
      must('buildah', ['umount', container])
      must('buildah', ['rm', container])
      return code
    },
  }
}

/** buildah builds only. Podman runs what it built, where containers can run. */
function start(builder, port) {
  if (builder !== 'buildah') return startContainer(builder, port)
  const { ok, reason } = run('podman', [
    ...['run', '--rm', ...confined, ...withoutNew, tag, '--version'],
  ])
  if (ok) return startContainer('podman', port)
  console.log(`no container runs here: podman: ${reason}`)
  console.log('entered instead: its root file system, read-only, as its user, without capabilities')
  return startEntered(port)
}

async function main() {
  const builder = builderHere()
  const base = builder === undefined ? undefined : baseFor(builder)
  if (base === undefined) {
    console.log(
      'the image was not built: no builder has a base image; `npm run image:try` may get one',
    )
    return 3
  }
  console.log(`${builder} builds from ${base}`)
  const argument = base === published ? [] : ['--build-arg', `BASE=${base}`]
  const build =
    builder === 'buildah' ? ['build', '--format', 'docker', '--isolation', 'chroot'] : ['build']
  const built = run(
    builder,
    [...build, ...platform, ...argument, '--file', 'emulator/Dockerfile', '--tag', tag, '.'],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  if (!built.ok) throw new Error(`${builder} could not build the image`)

  const port = await freePort()
  const running = start(builder, port)
  try {
    for (let tries = 0; !running.isHealthy(); tries++) {
      if (tries === 120) throw new Error('the container did not become healthy')
      await sleep(500)
    }
    console.log('healthy, by the health check of the image')
    const script = fileURLToPath(new URL('acceptance.sh', import.meta.url))
    const accepted = run('bash', [script, `http://127.0.0.1:${port}`], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    if (!accepted.ok) throw new Error('the acceptance script failed')
  } finally {
    const code = await running.stop()
    console.log(`ended after SIGTERM with ${code}`)
  }
  return 0
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(`image: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
