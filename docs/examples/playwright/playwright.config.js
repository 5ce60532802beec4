import { defineConfig } from '@playwright/test'

process.env.PORT ??= '3000'
const address = `http://127.0.0.1:${process.env.PORT}`

export default defineConfig({
  use: {
    baseURL: 'https://notes.example.com',
    emulatorOptions: { seed: 'seed.yaml', origins: { 'notes.example.com': address } },
    // Names a browser that is there already, such as Debian's. Without it, Playwright takes its own.
    launchOptions: { executablePath: process.env.CHROMIUM },
  },
  projects: [
    { name: 'sign in', testMatch: 'sign-in.js' },
    { name: 'tests', dependencies: ['sign in'] },
  ],
  webServer: {
    // `run` gives the server TEAM_DOMAIN and POLICY_AUD, and lets it fetch the team's keys. With this entropy and the same
    // seed, they are those of the emulators that the tests use.
    command: 'npx access-emulator run --quiet --seed seed.yaml --entropy playwright -- node server.js',
    url: address,
    // Playwright would kill `run` at once, and the server would stay.
    gracefulShutdown: { signal: 'SIGTERM', timeout: 5_000 },
  },
})
