import { defineConfig } from '@playwright/test'

process.env.PORT ??= '3000'
const address = `http://127.0.0.1:${process.env.PORT}`
const { CHROMIUM } = process.env

export default defineConfig({
  use: {
    baseURL: 'https://notes.example.com',
    emulatorOptions: { seed: 'seed.yaml', origins: { 'notes.example.com': address } },
    // A browser that is there already, such as Debian's; otherwise the one of `npx playwright install chromium`.
    launchOptions: CHROMIUM ? { executablePath: CHROMIUM, args: ['--no-sandbox'] } : {},
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
